"""Damage found and repaired: noise, blur, compression, marks, colour."""
