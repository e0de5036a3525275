"""Text that runs inside the sandbox; nothing of it is imported by the product."""
