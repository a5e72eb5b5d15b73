"""Super-resolution: photos two, three or four times as large."""
