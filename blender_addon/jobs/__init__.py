# SPDX-License-Identifier: GPL-3.0-or-later
"""From a strip to its result: the request, the frames to render, the queue of this session, and where folders lie."""
