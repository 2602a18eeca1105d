# SPDX-License-Identifier: GPL-3.0-or-later
"""What the add-on gives to Blender, in the order in which it is given; taken back in reverse."""


def register() -> None:
    pass


def unregister() -> None:
    pass
