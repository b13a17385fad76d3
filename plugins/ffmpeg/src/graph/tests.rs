//! Tests of the graphs' text; what they draw is tested with FFmpeg.

use studio_plugin_sdk::timeline::{Ease, TransitionLook};

use super::*;
use crate::{piece::Change, preset};

fn still() -> Shot {
    Shot { source: Source::Still { image: Blob::default() }, framed: Framed::default(), captions: None }
}

fn segment(frames: u32) -> Segment {
    let format = preset::usual();
    Segment { format, frames, shot: still(), change: None, layers: vec![], captions: vec![] }
}

#[test]
fn a_still_is_decoded_once() {
    let captions = Some(Captions { first: 8, ..Captions::default() });
    let segment = Segment { shot: Shot { captions, ..still() }, ..segment(90) };
    insta::assert_snapshot!(graph(&segment, &|_| true).filter.replace(';', ";\n"), @"
    [0:v]trim=end_frame=1,scale=1920:1080:flags=bicubic+accurate_rnd+bitexact+full_chroma_int+full_chroma_inp:out_color_matrix=bt709:out_range=tv,format=yuv420p,setsar=1,loop=loop=89:size=1:start=0,settb=1/30,setpts=N[s0p];
    [s0p]settb=1/2000,setpts=(N+8)*60+1,ass='{in}/s0.ass',settb=1/30,setpts=N,trim=end_frame=90[s0];
    [s0]null[out]
    ");
    let over = graph(&segment, &|_| false).filter;
    assert!(over.contains("loop=loop=89") && over.contains("boxblur"), "{over}");
}

#[test]
fn a_transition_is_made_in_full_chroma() {
    let change = Change { look: TransitionLook::SlideLeft, ease: Ease::InOut, color: None, shot: still() };
    let filter = graph(&Segment { change: Some(change), ..segment(15) }, &|_| true).filter;
    insta::assert_snapshot!(filter.split_once("[s1];").unwrap().1.replace(';', ";\n"), @"
    [s0]scale=flags=neighbor,format=yuv444p,settb=AVTB,setpts='(pow((N/15),2)*(3-2*(N/15)))*1000000'[w0];
    [s1]scale=flags=neighbor,format=yuv444p,settb=AVTB,setpts='(pow((N/15),2)*(3-2*(N/15)))*1000000'[w1];
    [w0][w1]xfade=transition=slideleft:duration=1:offset=0,scale=flags=neighbor,format=yuv420p,trim=end_frame=15,settb=1/30,setpts=N[changed];
    [changed]null[out]
    ");
}

#[test]
fn a_picture_in_its_place_lies_on_whole_pixels_of_its_colours() {
    let format = preset::usual();
    let canvas = Canvas { format: &format, frames: 1, fills: &|_| true };
    let rect = |x, y, width, height| canvas.pixels(Some(Rect { x, y, width, height }));
    assert_eq!(rect(0.5, 0.0, 0.5, 1.0), (960, 0, 960, 1080));
    assert_eq!(rect(0.013, 0.9, 0.001, 0.1), (24, 972, 2, 108));
    assert_eq!(rect(0.999, 0.999, 0.01, 0.01), (1900, 1070, 20, 10));
}
