"""Calls Terraform, which is a library here, in a process of its own."""

import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from proof.tools import ToolError, python_tools

from . import providers

HERE = Path(__file__).parent
MEMORY = "800"
"""Per cent by which Go lets memory grow before it looks for some to free: these processes are short."""
REQUIREMENTS = HERE / "requirements.txt"


def terraform(
    folder: Path, commands: Sequence[tuple[Path, Sequence[str]]], schemas: Mapping[str, Path]
) -> list[tuple[int, str]]:
    """Run commands, one after the other in one process, which no provider survives.

    Args:
        folder: a new folder for sockets and the like.
        commands: folders, and what `terraform` is called with in each.
        schemas: provider → its schema, for each that the commands use; without it Terraform finds versions only.

    Returns:
        Exit code and output of each.

    Raises:
        ToolError: Terraform does not start.
    """
    configuration, packages = folder / "terraform.rc", folder / "mirror"
    providers.mirror(packages)
    configuration.write_text(f'provider_installation {{\n  filesystem_mirror {{\n    path = "{packages}"\n  }}\n}}\n')
    sockets = {provider: folder / f"{provider}.sock" for provider in schemas}
    # What the user has set for real Terraform, such as variables and logs, is not for this one.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TF_")}
    environment |= {"TF_CLI_CONFIG_FILE": str(configuration), "CHECKPOINT_DISABLE": "1", "TF_IN_AUTOMATION": "1"}
    environment["GOGC"] = MEMORY
    environment["TF_REATTACH_PROVIDERS"] = json.dumps(providers.reattach(sockets))
    request = {"commands": commands, "providers": [(schemas[provider], socket) for provider, socket in sockets.items()]}
    done = subprocess.run(
        [python_tools(REQUIREMENTS) / "python", HERE / "driver.py"],
        input=json.dumps(request, default=str),
        env=environment,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise ToolError(f"Terraform does not run in the environment of {REQUIREMENTS}:\n{done.stderr}")
    return [(code, output) for code, output in json.loads(done.stdout)]
