"""An aiortc viewer: decodes what a WHEP endpoint sends until it has seen enough, and says what that was, in JSON."""

import argparse
import asyncio
import json
import math
import time
from array import array

from aiortc import MediaStreamTrack, RTCPeerConnection
from aiortc.mediastreams import MediaStreamError
from av import AudioFrame

from exchange import Refused, Session, connected, milliseconds_since


# Some publishers begin by sending at once what they have kept: of that a node passes on what is still worth it.
SETTLE_S = 1.5


class Counter:
    """What came of one track, once that had settled."""

    def __init__(self) -> None:
        self.frames = 0
        self.sizes: set[tuple[int, int]] = set()
        self.squares = 0.0
        self.samples = 0
        self.first: float | None = None
        self._times: list[float] = []

    def add(self, frame) -> None:
        if self.first is None:
            self.first = time.monotonic()
        if time.monotonic() - self.first < SETTLE_S:
            return
        self.frames += 1
        self._times.append(float(frame.pts * frame.time_base))
        if isinstance(frame, AudioFrame):
            samples = array("h", bytes(frame.planes[0]))
            self.squares += sum(sample * sample for sample in samples) / 32768**2
            self.samples += len(samples)
        else:
            self.sizes.add((frame.width, frame.height))

    def told(self, asked: float) -> dict:
        """`firstMs`: since it was asked for. `seconds`: of media time, first frame to last."""
        told = {"frames": self.frames}
        if self.first is not None:
            told["firstMs"] = round((self.first - asked) * 1000)
            told["seconds"] = round(max(self._times) - min(self._times), 3)
        if self.sizes:
            told["sizes"] = sorted(self.sizes)
        if self.samples:
            told["loudness"] = math.sqrt(self.squares / self.samples)
        return told


async def count(track: MediaStreamTrack, counter: Counter) -> None:
    try:
        while True:
            counter.add(await track.recv())
    except MediaStreamError:
        pass


async def watch(url: str, token: str | None, frames: int, limit: float) -> dict:
    peer = RTCPeerConnection()
    counters = {"video": Counter(), "audio": Counter()}
    tasks = []
    for kind in counters:
        peer.addTransceiver(kind, direction="recvonly")

    @peer.on("track")
    def on_track(track: MediaStreamTrack) -> None:
        tasks.append(asyncio.create_task(count(track, counters[track.kind])))

    try:
        session = await Session.open(peer, url, token, patience=limit)
    except Refused as refused:
        await peer.close()
        return {"refused": {"status": refused.status, "problem": refused.problem}}
    await connected(peer)
    told = {"connectMs": milliseconds_since(session.asked)}
    # Sound comes in 20 ms pieces, pictures every 40.
    while counters["video"].frames < frames or counters["audio"].frames < frames:
        if time.monotonic() - session.asked > limit or any(task.done() for task in tasks):
            break
        await asyncio.sleep(0.02)
    told |= {kind: counter.told(session.asked) for kind, counter in counters.items()}
    told["codecs"] = codecs(peer)
    await session.close()
    await asyncio.gather(*tasks)
    return told


def codecs(peer: RTCPeerConnection) -> list[str]:
    """What was negotiated, best first."""
    sdp = peer.remoteDescription.sdp.splitlines()
    return [line.split(" ")[1] for line in sdp if line.startswith("a=rtpmap:") and "/rtx" not in line]


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    parser.add_argument("--token")
    parser.add_argument("--frames", type=int, default=75, help="enough, of pictures and of sound")
    parser.add_argument("--limit", type=float, default=30, help="seconds to wait for them")
    options = parser.parse_args()
    print(json.dumps(asyncio.run(watch(options.url, options.token, options.frames, options.limit))))
