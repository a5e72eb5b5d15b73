"""Whether photos are photographs: looked for when asked or by setting, shown with reasons."""
