#!/usr/bin/env python
"""Django's command-line entry point for DevMatrix."""

import os
import sys


def main() -> None:
    """Run one management command."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "devmatrix.settings")
    try:
        from django.core.management import execute_from_command_line
    except ImportError as error:
        message = "Django is missing in this Python; use .venv/bin/python, which `make` prepares."
        raise SystemExit(message) from error
    from django.core.exceptions import ImproperlyConfigured

    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        raise SystemExit(f"The settings cannot be used: {error}") from error


if __name__ == "__main__":
    main()
