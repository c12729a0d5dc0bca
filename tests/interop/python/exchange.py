"""WHIP's and WHEP's HTTP half: an offer is POSTed, the session that comes back is DELETEd."""

import asyncio
import json
import time
import urllib.error
import urllib.parse
import urllib.request

from aiortc import RTCPeerConnection, RTCSessionDescription

# What an answer may take on a busy machine; it takes milliseconds.
ANSWER_S = 20


class Refused(Exception):
    """The node said no."""

    def __init__(self, status: int, body: bytes):
        super().__init__(f"{status}: {body[:500]!r}")
        self.status = status
        try:
            self.problem = json.loads(body)
        except ValueError:
            self.problem = None


class Session:
    """One negotiated connection."""

    def __init__(self, peer: RTCPeerConnection, url: str, token: str | None, asked: float):
        self.url = url
        # When the request that was granted was sent.
        self.asked = asked
        self._peer = peer
        self._token = token

    @classmethod
    async def open(cls, peer: RTCPeerConnection, endpoint: str, token: str | None, patience: float = 0) -> "Session":
        """Offers what `peer` has, and takes the answer; asks again, for `patience` seconds, for what is not live yet."""
        await peer.setLocalDescription(await peer.createOffer())
        headers = {"content-type": "application/sdp"}
        body = peer.localDescription.sdp.encode()
        give_up = time.monotonic() + patience
        while True:
            asked = time.monotonic()
            try:
                answer, location = await _request("POST", endpoint, token, headers, body)
                break
            except Refused as refused:
                if refused.status != 409 or time.monotonic() > give_up:
                    raise
            await asyncio.sleep(0.2)
        session = cls(peer, urllib.parse.urljoin(endpoint, location), token, asked)
        await peer.setRemoteDescription(RTCSessionDescription(answer.decode(), "answer"))
        return session

    async def close(self) -> None:
        """Ends it as the standards want, by DELETE."""
        await _request("DELETE", self.url, self._token, {}, None)
        await self._peer.close()


async def connected(peer: RTCPeerConnection) -> None:
    """Waits until media can flow."""
    done = asyncio.get_running_loop().create_future()

    @peer.on("connectionstatechange")
    def look() -> None:
        if peer.connectionState in ("connected", "failed", "closed") and not done.done():
            done.set_result(peer.connectionState)

    look()
    state = await asyncio.wait_for(done, ANSWER_S)
    if state != "connected":
        raise ConnectionError(f"the connection is {state}")


def milliseconds_since(start: float) -> int:
    return round((time.monotonic() - start) * 1000)


async def _request(method: str, url: str, token: str | None, headers: dict, body: bytes | None) -> tuple[bytes, str]:
    if token is not None:
        headers = {**headers, "authorization": f"Bearer {token}"}
    request = urllib.request.Request(url, data=body, headers=headers, method=method)

    def send() -> tuple[bytes, str]:
        with urllib.request.urlopen(request, timeout=ANSWER_S) as response:
            return response.read(), response.headers.get("location", "")

    try:
        return await asyncio.to_thread(send)
    except urllib.error.HTTPError as error:
        raise Refused(error.code, error.read()) from None
