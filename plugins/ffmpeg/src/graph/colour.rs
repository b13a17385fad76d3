//! Colours of sources on their way to BT.709.

use crate::shot::Colours;

/// What is done to a video's frames before they are fitted; it begins with a comma, if it is anything.
pub fn read(colours: Colours) -> &'static str {
    match colours {
        Colours::Tagged => "",
        Colours::Bt709 => ",setparams=colorspace=bt709:range=tv",
        Colours::Pq => PQ,
        Colours::Hlg => HLG,
    }
}

// HDR becomes SDR in three steps that every FFmpeg has, each one table or matrix over 16 bits: light from the curve,
// in units of the white of paper (203 cd/m², ITU-R BT.2408), with highlights rolled off by x(1+x/25)/(1+x) (Reinhard's,
// white at 1,015 cd/m²), then Rec. 2020 to Rec. 709, then the curve of screens. The roll-off works on each channel by
// itself, so bright colours lose some of their colour, as they do on film.

/// BT.2020 light to BT.709 light (ITU-R BT.2087).
macro_rules! to_screen {
    () => {
        ",colorchannelmixer=1.6605:-0.5876:-0.0728:0:-0.1246:1.1329:-0.0083:0:-0.0182:-0.1006:1.1187:0,\
         lutrgb=r='65535*pow(val/65535,1/2.2)':g='65535*pow(val/65535,1/2.2)':b='65535*pow(val/65535,1/2.2)'"
    };
}
/// One table for all three channels, and what comes before and after.
macro_rules! hdr {
    ($light:literal) => {
        concat!(
            ",scale=flags=bicubic+accurate_rnd+bitexact+full_chroma_int+full_chroma_inp:in_color_matrix=bt2020,\
             format=gbrp16,lutrgb=r='",
            $light,
            "':g='",
            $light,
            "':b='",
            $light,
            "'",
            to_screen!()
        )
    };
}

/// From SMPTE ST 2084, which says light in units of 10,000 cd/m².
const PQ: &str = hdr!(
    "st(0,pow(val/65535,1/78.84375));st(1,10000/203*pow(max(ld(0)-0.8359375,0)/(18.8515625-18.6875*ld(0)),1/0.1593017578125));\
     65535*min(ld(1)*(1+ld(1)/25)/(1+ld(1)),1)"
);
/// From ARIB STD-B67, shown on a screen of 1,000 cd/m² (its system gamma of 1.2, channel by channel).
const HLG: &str = hdr!(
    "st(0,val/65535);st(1,if(lte(ld(0),0.5),ld(0)*ld(0)/3,(exp((ld(0)-0.55991073)/0.17883277)+0.28466892)/12));\
     st(2,1000/203*pow(ld(1),1.2));65535*min(ld(2)*(1+ld(2)/25)/(1+ld(2)),1)"
);
