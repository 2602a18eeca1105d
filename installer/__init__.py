# SPDX-License-Identifier: GPL-3.0-or-later
"""What install.py does, a file for each thing. Standard library only: it runs before anything is installed."""
