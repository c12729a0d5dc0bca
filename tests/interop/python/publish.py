"""An aiortc publisher: sends a film to a WHIP endpoint until its standard input ends."""

import argparse
import asyncio
import json
import sys

from aiortc import RTCPeerConnection, RTCRtpSender
from aiortc.contrib.media import MediaPlayer

from exchange import Refused, Session, connected, milliseconds_since


def say(**told) -> None:
    print(json.dumps(told), flush=True)


async def publish(url: str, token: str | None, film: str, codec: str) -> None:
    peer = RTCPeerConnection()
    # Not `loop`: after the first time round it sends nothing more.
    player = MediaPlayer(film)
    peer.addTransceiver(player.audio, direction="sendonly")
    video = peer.addTransceiver(player.video, direction="sendonly")
    capabilities = RTCRtpSender.getCapabilities("video").codecs
    video.setCodecPreferences([c for c in capabilities if c.mimeType == f"video/{codec}"])
    try:
        session = await Session.open(peer, url, token)
    except Refused as refused:
        await peer.close()
        say(refused={"status": refused.status, "problem": refused.problem})
        return
    await connected(peer)
    say(connectMs=milliseconds_since(session.asked))
    await asyncio.to_thread(sys.stdin.read)
    sent = await video.sender.getStats()
    await session.close()
    say(deleted=True, packets=sum(getattr(s, "packetsSent", 0) for s in sent.values()))


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    parser.add_argument("--token")
    parser.add_argument("--film", required=True)
    parser.add_argument("--codec", required=True, help="VP8 or H264")
    options = parser.parse_args()
    asyncio.run(publish(options.url, options.token, options.film, options.codec))
