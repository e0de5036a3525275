"""Source text that runs inside the sandbox; the host reads these files and never imports them."""
