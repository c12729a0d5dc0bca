//! What works on this machine.

use super::Failed;
use super::encoder::Kind;
use super::libav::{self, Decoder, Packet};
use crate::transcoder::wire::{Capabilities, Codec, MAX_DEVICES};

/// Tries the software encoder of H.264, which every failing GPU falls back to. It also loads what encoding needs.
pub(super) fn warm_up() -> Result<Kind, Failed> {
    let kind = Kind::software(Codec::H264);
    match kind.attempt("") {
        Ok(_) => Ok(kind),
        Err(_) => Err(Failed::NoEncoder),
    }
}

/// Encodes a picture with every candidate, and decodes what came out.
pub(super) fn find() -> Result<Capabilities, Failed> {
    warm_up()?;
    let mut found = Capabilities::default();
    let mut devices = libav::devices();
    devices.truncate(MAX_DEVICES);
    let mut used = Vec::new();
    for codec in Codec::ALL {
        if Kind::software(codec)
            .attempt("")
            .is_ok_and(|unit| decodes(codec, &unit))
        {
            found.decoders.push(codec);
        }
        for kind in Kind::candidates(codec) {
            if !kind.is_gpu() {
                if kind.attempt("").is_ok() {
                    found.encoders.push((codec, kind.name().to_owned()));
                }
                break;
            }
            // One card that works is enough for the preference: sessions on any other fall back.
            let works = |device: &&String| kind.runs_on(device) && kind.attempt(device).is_ok();
            let working: Vec<String> = devices.iter().filter(works).cloned().collect();
            if !working.is_empty() {
                found.encoders.push((codec, kind.name().to_owned()));
                used.extend(working);
                break;
            }
        }
    }
    devices.retain(|device| used.contains(device));
    found.devices = devices;
    Ok(found)
}

fn decodes(codec: Codec, unit: &[u8]) -> bool {
    let attempt = || -> Result<bool, libav::Error> {
        let mut packet = Packet::new(unit.len())?;
        packet.bytes_mut().copy_from_slice(unit);
        packet.set_time(0);
        let mut pictures = 0;
        Decoder::open(codec)?.decode(&packet, |_| pictures += 1)?;
        Ok(pictures == 1)
    };
    attempt().unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_codec_is_encoded_and_decoded_where_debian_s_libraries_are() {
        let found = find().unwrap();
        assert_eq!(found.decoders, Codec::ALL);
        let codecs: Vec<Codec> = found.encoders.iter().map(|(codec, _)| *codec).collect();
        assert_eq!(codecs, Codec::ALL);
    }

    #[test]
    fn a_decoder_given_something_else_does_not_count() {
        assert!(!decodes(Codec::Vp8, b"no picture"));
    }
}
