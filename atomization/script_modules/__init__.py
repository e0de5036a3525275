"""Where the modules of TypeScript and JavaScript are: from a specifier to a file of the project."""

from __future__ import annotations

from atomization.script_modules.resolver import Found, ScriptModules, Why

__all__ = ["Found", "ScriptModules", "Why"]
