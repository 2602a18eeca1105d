# SPDX-License-Identifier: Apache-2.0
"""Files from the Hugging Face hub, or a mirror of it, at a pinned revision; a file that it lacks, from its own address.

huggingface_hub knows the hub: addresses, mirrors (HF_ENDPOINT), tokens (HF_TOKEN or a login), offline mode
(HF_HUB_OFFLINE), and what its refusals mean. The bytes are read here, for its own downloader writes to a file that it
deletes when it is interrupted, and gigabytes would start again from nothing.
"""

from __future__ import annotations

import re
import time
from pathlib import Path

import httpx2
from huggingface_hub import constants, get_session, hf_hub_url, is_offline_mode
from huggingface_hub.errors import HfHubHTTPError
from huggingface_hub.utils import get_token_to_send, hf_raise_for_status

from depth_engine import __version__
from depth_engine.contract import DepthError, ExitCode
from depth_engine.models.base import WeightFile
from depth_engine.models.fetch import Sink

TIMEOUT_SECONDS = 30.0
PAUSES = (1.0, 2.0, 4.0, 8.0)
"""Seconds before each new attempt, counted anew whenever bytes have come."""
PASSING = (408, 429, 500, 502, 503, 504)
"""Answers of a server that is busy, not unwilling."""
REFUSED = (401, 403)
PARTIAL, BEYOND = 206, 416
"""Answers to a Range: the part asked for follows; there is nothing from there on."""


class Hub:
    """Weights from the hub. Raises DepthError DOWNLOAD_FAILED in offline mode."""

    def __init__(self) -> None:
        if is_offline_mode():
            raise DepthError(
                ExitCode.DOWNLOAD_FAILED,
                "Offline mode is on (HF_HUB_OFFLINE), so nothing is downloaded.",
                "Unset HF_HUB_OFFLINE, or bring the files from a folder: depth-engine models fetch NAME --from DIR",
            )

    def bring(self, file: WeightFile, part: Path, tell: Sink) -> str:
        """As `fetch.Source`. A connection that breaks is taken up again from where it broke."""
        attempt, had = 0, _size(part)
        while True:
            try:
                return _bring(file, part, tell)
            except (httpx2.RequestError, HfHubHTTPError) as error:
                if isinstance(error, HfHubHTTPError) and not _passes(file, error.response):
                    raise _refusal(file, error.response.status_code) from None
                attempt, had = 0 if _size(part) > had else attempt, _size(part)
                if attempt == len(PAUSES):
                    raise _broken(file, error) from None
            time.sleep(PAUSES[attempt])
            attempt += 1


def _bring(file: WeightFile, part: Path, tell: Sink) -> str:
    """One request for what `part` lacks. Redirects lead to where the bytes are; a token stays with the hub."""
    have = _size(part)
    if file.sha256 and have == file.size_bytes:
        return ""
    url = file.url or hf_hub_url(file.repo, file.repo_path, revision=file.revision)
    with get_session().stream("GET", url, headers=_headers(file, have), timeout=TIMEOUT_SECONDS) as response:
        if response.status_code == BEYOND:
            part.unlink()
            raise httpx2.ReadError("what was here is no part of it")
        hf_raise_for_status(response)
        checksum = _checksum(response)
        _check_offer(file, _whole_size(response), checksum)
        with part.open("ab" if response.status_code == PARTIAL else "wb") as target:
            for chunk in response.iter_bytes():
                target.write(chunk)
                tell(target.tell())
        return checksum


def _headers(file: WeightFile, have: int) -> dict[str, str]:
    """Nothing is told of the machine: huggingface_hub's own headers name its software, and ask the hub for more."""
    headers = {"User-Agent": f"depth-engine/{__version__}", "Accept-Encoding": "identity"}
    if have:
        headers["Range"] = f"bytes={have}-"
    if not file.url and (token := get_token_to_send(None)):
        headers["Authorization"] = f"Bearer {token}"
    return headers


def _check_offer(file: WeightFile, whole: int | None, checksum: str) -> None:
    """Not one of gigabytes needs to come to see that they are not the wanted ones."""
    other_size = file.size_bytes and whole is not None and whole != file.size_bytes
    other_content = file.sha256 and len(checksum) == len(file.sha256) and checksum != file.sha256
    if other_size or other_content:
        raise DepthError(
            ExitCode.BAD_WEIGHTS,
            f"{_home(file)} has another {file.path} than the published one ({whole} bytes).",
            "If HF_ENDPOINT names a mirror, try another one, or none.",
        )


def _whole_size(response: httpx2.Response) -> int | None:
    """The file's size, from "bytes 5-9/10", "bytes */10" or the length of a whole answer."""
    text = response.headers.get("Content-Range", "").rpartition("/")[2] or response.headers.get("Content-Length", "")
    return int(text) if text.isdecimal() else None


def _checksum(response: httpx2.Response) -> str:
    """What the hub says of the content: the SHA-256 of a large file, the git blob id of a small one, or ""."""
    for answer in (*response.history, response):
        linked, plain = answer.headers.get("X-Linked-Etag", ""), answer.headers.get("ETag", "")
        if found := re.fullmatch(r'"?([0-9a-f]{64})"?', linked) or re.fullmatch(r'(?:W/)?"?([0-9a-f]{40})"?', plain):
            return found[1]
    return ""


def _passes(file: WeightFile, response: httpx2.Response) -> bool:
    """Whether asking again helps: the server is busy, or the storage no longer knows the address that the hub gave."""
    return response.status_code in PASSING or response.url.netloc != httpx2.URL(_home(file)).netloc


def _home(file: WeightFile) -> str:
    """Who is asked for the file."""
    return file.url or constants.ENDPOINT


def _refusal(file: WeightFile, status: int) -> DepthError:
    if file.url:
        return DepthError(
            ExitCode.DOWNLOAD_FAILED,
            f"{file.url} is not given out ({status}).",
            "Find the file elsewhere, then: depth-engine models fetch NAME --from DIR",
        )
    if status in REFUSED:
        return DepthError(
            ExitCode.DOWNLOAD_FAILED,
            f"The hub gives {file.repo} only to those who accepted its terms there ({status}).",
            f"Log in at https://huggingface.co/{file.repo}, accept the terms, make a token that may read at "
            "https://huggingface.co/settings/tokens, set HF_TOKEN to it, and run the same command again.",
        )
    return DepthError(
        ExitCode.DOWNLOAD_FAILED,
        f"{constants.ENDPOINT} does not give {file.repo_path} of {file.repo} at {file.revision[:8]} ({status}).",
        "If HF_ENDPOINT names a mirror, try another one, or none.",
    )


def _broken(file: WeightFile, error: Exception) -> DepthError:
    status = f"status {error.response.status_code}" if isinstance(error, HfHubHTTPError) else ""
    reason = status or " ".join(str(error).split())[:200].rstrip(".") or type(error).__name__
    return DepthError(
        ExitCode.DOWNLOAD_FAILED,
        f"{file.path} could not be downloaded from {_home(file)} ({reason}). What has come so far is kept.",
        "Check the network, then run the same command again: it goes on from there.",
    )


def _size(part: Path) -> int:
    return part.stat().st_size if part.is_file() else 0
