# SPDX-License-Identifier: GPL-3.0-or-later
"""The guide that a scenario told, as a page of the documents."""

from __future__ import annotations

from typing import Any

HEAD = """\
# Five jobs, step by step

Every step below was done by a script in a real Blender 4.3 window, with clicks, and its pictures were taken there
(`python3 install.py test ui --update-pictures` does it again and writes this page). The depth comes from the model that
is included. Clips and their licences: [credits](../examples/CREDITS.md). The [user guide](user-guide.md) explains every
control.

"""


def page(jobs: list[dict[str, Any]]) -> str:
    """Markdown: a section for each job, its steps numbered."""
    return HEAD + "\n".join(_section(number, job) for number, job in enumerate(jobs, 1))


def _section(number: int, job: dict[str, Any]) -> str:
    lines = [f"## {number}. {job['title']}", "", job["purpose"], ""]
    for place, step in enumerate(job["steps"], 1):
        lines += [f"{place}. {step['text']}"]
        if "picture" in step:
            lines += ["", f"   ![{step['shows']}](images/jobs/{step['picture']}.jpg)", ""]
    return "\n".join(lines).rstrip() + "\n"
