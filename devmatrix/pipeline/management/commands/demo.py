"""manage.py demo: everything at once, on the bundled sample; what `make demo` runs."""

import os
import secrets
import signal
import subprocess
import sys
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError

from devmatrix.accounts.models import User
from devmatrix.masterplans.models import MasterPlan
from devmatrix.pipeline.processes import Processes, StartFailed, free_port, only_one
from devmatrix.pipeline.running import BAD_INPUT, FAILED, INTERRUPTED, explained
from devmatrix.sandbox import doctor

SAMPLE = settings.BASE_DIR / "samples" / "evenly"
NAME = "evenly"


class Command(BaseCommand):
    """Migrate, create users, start replay server, worker and web server, generate the sample."""

    help = "Take the bundled sample through every stage and keep the pages up until Ctrl-C."

    def handle(self, *args: Any, **options: Any) -> None:
        report = doctor()
        if not report.ok:
            raise CommandError("; ".join(report.problems), returncode=BAD_INPUT)
        with only_one(settings.VAR_DIR / "demo.lock") as mine:
            if not mine:
                message = "A demo is running already; use its pages, or stop it with Ctrl-C there."
                raise CommandError(message, returncode=FAILED)
            signal.signal(signal.SIGTERM, _interrupt)
            try:
                self._demo()
            except KeyboardInterrupt:
                self.stdout.write("\nStopped. `make demo` again goes on with what is unfinished.")
                raise SystemExit(INTERRUPTED) from None
            except StartFailed as error:
                raise CommandError(str(error), returncode=FAILED) from error
            except (OSError, OperationalError) as error:
                raise explained(error) from error

    def _demo(self) -> None:
        call_command("migrate", verbosity=0, interactive=False)
        settings.STATIC_ROOT.mkdir(exist_ok=True)  # WhiteNoise warns where it is missing
        people = {name: _account(name, admin=name == "admin") for name in ("admin", "reviewer")}
        with ExitStack() as stack:
            processes = Processes(settings.VAR_DIR / "logs", stack)
            environment = self._environment(processes)
            port = free_port(int(os.environ.get("DEVMATRIX_PORT", "8000")))
            self._start_services(processes, environment, port)
            for name, password in people.items():
                self.stdout.write(f"Log in as {name} with the password {password}")
            self.stdout.flush()
            code = _generate(environment)
            if code:
                raise SystemExit(code)
            self._addresses(port)
            if os.environ.get("DEMO_EXIT") not in {None, "", "0"}:
                return
            self.stdout.write("Ctrl-C stops the demo.")
            signal.pause()

    def _environment(self, processes: Processes) -> dict[str, str]:
        """Return the environment of all parts; without a model of one's own, start the replay."""
        environment = dict(os.environ)
        configured = settings.DEVMATRIX
        if configured["ANTHROPIC_API_KEY"] or configured["ANTHROPIC_BASE_URL"]:
            return environment
        port_file = settings.VAR_DIR / "replay.port"
        port_file.unlink(missing_ok=True)
        module = [sys.executable, "-m", "devmatrix.llm.replay", str(SAMPLE / "transcript")]
        options = ["--port", "0", "--port-file", str(port_file), "--latency", "0.25"]
        processes.start("replay", [*module, *options], environment)
        port = processes.wait_for("replay", port_file)
        self.stdout.write(
            "No ANTHROPIC_API_KEY: answers are replayed from the sample's hand-written transcript."
        )
        return environment | {
            "ANTHROPIC_BASE_URL": f"http://127.0.0.1:{port}",
            "ANTHROPIC_API_KEY": "replay",
            "DEVMATRIX_REPLAYED": "1",
        }

    def _start_services(
        self, processes: Processes, environment: Mapping[str, str], port: int
    ) -> None:
        manage = [sys.executable, str(settings.BASE_DIR / "manage.py")]
        processes.start("worker", [*manage, "qcluster"], environment)
        gunicorn = [sys.executable, "-m", "gunicorn", "devmatrix.wsgi:application"]
        options = [
            "--bind",
            f"127.0.0.1:{port}",
            "--threads",
            "4",
            "--no-control-socket",
            "--chdir",
            str(settings.BASE_DIR),
        ]
        processes.start("web", [*gunicorn, *options], environment)
        processes.wait_for_port("web", port)

    def _addresses(self, port: int) -> None:
        plan = MasterPlan.objects.filter(name=NAME).latest("created_at")
        site = f"http://127.0.0.1:{port}"
        self.stdout.write(f"Project page   {site}/projects/{plan.pk}/")
        self.stdout.write(f"Review queue   {site}/review/")
        self.stdout.write(f"Admin          {site}/admin/")
        self.stdout.write(f"API documents  {site}/api/v2/docs/")
        self.stdout.flush()


def _interrupt(number: int, frame: object) -> None:
    raise KeyboardInterrupt


def _account(name: str, *, admin: bool) -> str:
    """Create the account or give it a new password, which is returned and kept nowhere."""
    password = secrets.token_urlsafe(9)
    user, _ = User.objects.get_or_create(
        username=name, defaults={"is_staff": admin, "is_superuser": admin}
    )
    user.set_password(password)
    user.save()
    if not admin:
        user.groups.add(Group.objects.get(name="reviewers"))
    return password


def _generate(environment: Mapping[str, str]) -> int:
    """Run `manage.py generate` on the sample in the foreground; returns its exit code."""
    command = [
        sys.executable,
        str(settings.BASE_DIR / "manage.py"),
        "generate",
        str(SAMPLE / "SPEC.md"),
        "--name",
        NAME,
        "--out",
        str(_fresh(settings.VAR_DIR / "demo" / NAME)),
        "--cases",
        str(SAMPLE / "acceptance" / "cases.json"),
    ]
    process = subprocess.Popen(command, env=dict(environment))
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            process.terminate()  # the terminal has sent it SIGINT already, another would be harsh
            process.wait()
            raise


def _fresh(directory: Path) -> Path:
    """Return the directory, or the first numbered one that does not exist yet."""
    number, candidate = 1, directory
    while candidate.exists():
        number += 1
        candidate = directory.with_name(f"{directory.name}-{number}")
    return candidate
