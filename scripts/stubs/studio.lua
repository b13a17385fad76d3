---@meta
-- What Studio's scripts can call, for LuaLS. Generated: do not edit.

---@class Task<T>: { get: fun(self): T }

---@class Param
---@class Pipeline

---@class ParamOptions
---@field required? boolean
---@field default? any
---@field help? string
---@field [integer] string

---@class PipelineDeclaration
---@field title string
---@field help? string
---@field template? boolean
---@field params? table<string, Param>
---@field run fun(p: table): any

---@class MapOptions
---@field limit? integer
---@field on_error? "raise"|"collect"

---@class MapFailure
---@field index integer
---@field id string
---@field error StageError

---@class AsyncOptions
---@field id? string

---@class ReviewOptions
---@field when? boolean

---@class StageError
---@field code string
---@field message string
---@field help? string
---@field field? string
---@field node? string
---@field kind? string
---@field file? string
---@field line? integer

---@class StringPromise
---@field get fun(self: StringPromise): string

---@class NumberPromise
---@field get fun(self: NumberPromise): number

---@class BooleanPromise
---@field get fun(self: BooleanPromise): boolean

---The figures.
---@class Analytics
---@field films FilmFigures[] One a film.

---@class AnalyticsPromise
---@field get fun(self: AnalyticsPromise): Analytics
---@field films FilmFiguresListPromise

---The figures.
---@class AnalyticsInput
---@field films FilmFiguresInput[]|FilmFigures[]|FilmFiguresListPromise One a film.

---A film made by a program.
---@class Animation
---@field height integer Pixels.
---@field log string What the program printed.
---@field seconds number Length in seconds.
---@field video Blob The file.
---@field width integer Pixels.

---@class AnimationPromise
---@field get fun(self: AnimationPromise): Animation
---@field height NumberPromise
---@field log StringPromise
---@field seconds NumberPromise
---@field video BlobPromise
---@field width NumberPromise

---A film made by a program.
---@class AnimationInput
---@field height integer|NumberPromise Pixels.
---@field log? string|StringPromise What the program printed.
---@field seconds number|NumberPromise Length in seconds.
---@field video BlobInput|Blob|BlobPromise The file.
---@field width integer|NumberPromise Pixels.

---What a sound track is.
---@class AudioFacts
---@field channels integer Channels.
---@field codec string `aac`, `opus` …
---@field sample_rate integer Samples a second.
---@field seconds number Length in seconds.

---@class AudioFactsPromise
---@field get fun(self: AudioFactsPromise): AudioFacts
---@field channels NumberPromise
---@field codec StringPromise
---@field sample_rate NumberPromise
---@field seconds NumberPromise

---What a sound track is.
---@class AudioFactsInput
---@field channels? integer|NumberPromise Channels.
---@field codec? string|StringPromise `aac`, `opus` …
---@field sample_rate? integer|NumberPromise Samples a second.
---@field seconds? number|NumberPromise Length in seconds.

---A file in the blob store, named by its content: immutable, shared, checked on read.
---@class Blob
---@field blob string BLAKE3 of the bytes, 64 lower-case hex digits.
---@field bytes integer Length in bytes.
---@field mime string Media type, as the maker declared it: `image/png`.

---@class BlobPromise
---@field get fun(self: BlobPromise): Blob
---@field blob StringPromise
---@field bytes NumberPromise
---@field mime StringPromise

---A file in the blob store, named by its content: immutable, shared, checked on read.
---@class BlobInput
---@field blob string|StringPromise BLAKE3 of the bytes, 64 lower-case hex digits.
---@field bytes integer|NumberPromise Length in bytes.
---@field mime string|StringPromise Media type, as the maker declared it: `image/png`.

---A brand, at the version that the project uses.
---@class Brand
---@field captions? CaptionStyle How captions look, in its colours and fonts, for `render { caption_style = … }`.
---@field cards? CardLook How cards look, for `image { look = … }`.
---@field colors BrandColors Its colours.
---@field intro? BrandClip What comes first.
---@field logo? BrandMark Its logo.
---@field music? MusicBed Music, for `render { music = … }`.
---@field name string Its name.
---@field outro? BrandClip What comes last.
---@field tone string Its tone of voice; empty: it has none.
---@field version integer The version.
---@field watermark? BrandMark Its watermark.

---@class BrandPromise
---@field get fun(self: BrandPromise): Brand
---@field captions CaptionStylePromise
---@field cards CardLookPromise
---@field colors BrandColorsPromise
---@field intro BrandClipPromise
---@field logo BrandMarkPromise
---@field music MusicBedPromise
---@field name StringPromise
---@field outro BrandClipPromise
---@field tone StringPromise
---@field version NumberPromise
---@field watermark BrandMarkPromise

---A brand, at the version that the project uses.
---@class BrandInput
---@field captions? CaptionStyleInput|CaptionStyle|CaptionStylePromise How captions look, in its colours and fonts, for `render { caption_style = … }`.
---@field cards? CardLookInput|CardLook|CardLookPromise How cards look, for `image { look = … }`.
---@field colors? BrandColorsInput|BrandColors|BrandColorsPromise Its colours.
---@field intro? BrandClipInput|BrandClip|BrandClipPromise What comes first.
---@field logo? BrandMarkInput|BrandMark|BrandMarkPromise Its logo.
---@field music? MusicBedInput|MusicBed|MusicBedPromise Music, for `render { music = … }`.
---@field name string|StringPromise Its name.
---@field outro? BrandClipInput|BrandClip|BrandClipPromise What comes last.
---@field tone? string|StringPromise Its tone of voice; empty: it has none.
---@field version integer|NumberPromise The version.
---@field watermark? BrandMarkInput|BrandMark|BrandMarkPromise Its watermark.

---A picture or film before or after all scenes.
---@class BrandClip
---@field picture? Image A picture.
---@field seconds number How long it is seen.
---@field sound boolean The film's own sound is heard.
---@field video? Blob A film, instead.

---@class BrandClipPromise
---@field get fun(self: BrandClipPromise): BrandClip
---@field picture ImagePromise
---@field seconds NumberPromise
---@field sound BooleanPromise
---@field video BlobPromise

---A picture or film before or after all scenes.
---@class BrandClipInput
---@field picture? ImageInput|Image|ImagePromise A picture.
---@field seconds number|NumberPromise How long it is seen.
---@field sound boolean|BooleanPromise The film's own sound is heard.
---@field video? BlobInput|Blob|BlobPromise A film, instead.

---A brand's colours, `#rrggbb` each.
---@class BrandColors
---@field accent? string What is stressed; none: the primary one.
---@field background? string What text stands on.
---@field primary? string The colour that it is known by.
---@field secondary? string The one beside it.
---@field text? string Text.

---@class BrandColorsPromise
---@field get fun(self: BrandColorsPromise): BrandColors
---@field accent StringPromise
---@field background StringPromise
---@field primary StringPromise
---@field secondary StringPromise
---@field text StringPromise

---A brand's colours, `#rrggbb` each.
---@class BrandColorsInput
---@field accent? string|StringPromise What is stressed; none: the primary one.
---@field background? string|StringPromise What text stands on.
---@field primary? string|StringPromise The colour that it is known by.
---@field secondary? string|StringPromise The one beside it.
---@field text? string|StringPromise Text.

---A picture over a film. Lengths are shares of the frame's shorter side.
---@class BrandMark
---@field corner "top_left"|"top_right"|"bottom_left"|"bottom_right"|"middle" Where it stands.
---@field height number How high it is.
---@field margin number How far from the edges of what platforms leave free.
---@field opacity number How much of it is seen, 0 to 1.
---@field picture Image The picture.
---@field when "always"|"scenes" When it is seen.

---@class BrandMarkPromise
---@field get fun(self: BrandMarkPromise): BrandMark
---@field corner StringPromise
---@field height NumberPromise
---@field margin NumberPromise
---@field opacity NumberPromise
---@field picture ImagePromise
---@field when StringPromise

---A picture over a film. Lengths are shares of the frame's shorter side.
---@class BrandMarkInput
---@field corner "top_left"|"top_right"|"bottom_left"|"bottom_right"|"middle"|StringPromise Where it stands.
---@field height number|NumberPromise How high it is.
---@field margin number|NumberPromise How far from the edges of what platforms leave free.
---@field opacity number|NumberPromise How much of it is seen, 0 to 1.
---@field picture ImageInput|Image|ImagePromise The picture.
---@field when "always"|"scenes"|StringPromise When it is seen.

---How captions look.
---@class CaptionStyle
---@field active_color? string Colour of the word that is being said, in karaoke of all that was said; none: as the kind has it.
---@field box_color? string Colour of the box behind a caption; none: there is none, but in `boxed`.
---@field box_pad_x? number Room around the words in their box in em, left and right, up to 2; none: 0.62.
---@field box_pad_y? number The same above and below; none: 0.26.
---@field box_radius? number How round its corners are in em, up to 2; none: 0.36.
---@field color? string Colour of the words; none: white.
---@field emoji "draw"|"drop" What becomes of emoji.
---@field font string The family: `inter`, `serif`, `mono`, or the name of a font of this box; empty: `inter`.
---@field font_file? Blob A font file, instead of a family by name.
---@field from string The name of a style that fills what is left open here: `karaoke`.
---@field keyword_color? string Colour of keywords; none: amber.
---@field keywords string[] Words and phrases that are stressed wherever they are said; so is what stands between asterisks: `*rice*`.
---@field kind "lines"|"boxed"|"karaoke"|"highlight"|"pop"|"typewriter" What happens as words are said.
---@field lines integer Most lines of a caption, 1 to 4; 0: two.
---@field margin number How far from that edge of the safe area, as a share of the picture's height, up to 0.5.
---@field outline? number Width of the outline in em, up to 0.5; none: as the kind has it.
---@field outline_color? string Its colour; none: black.
---@field place "bottom"|"middle"|"top" Where captions stand.
---@field safe_area "auto"|"youtube"|"shorts"|"reels"|"tiktok"|"square"|"feed"|"whole" The part of the picture that they keep to.
---@field scale number That size times this, 0.25 to 4.
---@field second SecondLine How a second language is set, where clips have a `translation`.
---@field shadow number How far the shadow falls, in em, up to 0.5.
---@field shadow_color? string Its colour; none: black of which half is seen.
---@field size number Size of the type as a share of the picture's height, 0.01 to 0.2; 0: what is usual for the picture's shape.
---@field uppercase boolean All in capitals.
---@field weight integer Weight, 100 to 900; 0: 600. `inter` has 600 and 700.
---@field word_box? string Colour of a box behind the word that is being said; none: there is none, but in `highlight`.
---@field words integer Most words of a caption; 0: as many as its lines hold.

---@class CaptionStylePromise
---@field get fun(self: CaptionStylePromise): CaptionStyle
---@field active_color StringPromise
---@field box_color StringPromise
---@field box_pad_x NumberPromise
---@field box_pad_y NumberPromise
---@field box_radius NumberPromise
---@field color StringPromise
---@field emoji StringPromise
---@field font StringPromise
---@field font_file BlobPromise
---@field from StringPromise
---@field keyword_color StringPromise
---@field keywords StringListPromise
---@field kind StringPromise
---@field lines NumberPromise
---@field margin NumberPromise
---@field outline NumberPromise
---@field outline_color StringPromise
---@field place StringPromise
---@field safe_area StringPromise
---@field scale NumberPromise
---@field second SecondLinePromise
---@field shadow NumberPromise
---@field shadow_color StringPromise
---@field size NumberPromise
---@field uppercase BooleanPromise
---@field weight NumberPromise
---@field word_box StringPromise
---@field words NumberPromise

---How captions look.
---@class CaptionStyleInput
---@field active_color? string|StringPromise Colour of the word that is being said, in karaoke of all that was said; none: as the kind has it.
---@field box_color? string|StringPromise Colour of the box behind a caption; none: there is none, but in `boxed`.
---@field box_pad_x? number|NumberPromise Room around the words in their box in em, left and right, up to 2; none: 0.62.
---@field box_pad_y? number|NumberPromise The same above and below; none: 0.26.
---@field box_radius? number|NumberPromise How round its corners are in em, up to 2; none: 0.36.
---@field color? string|StringPromise Colour of the words; none: white.
---@field emoji? "draw"|"drop"|StringPromise What becomes of emoji.
---@field font? string|StringPromise The family: `inter`, `serif`, `mono`, or the name of a font of this box; empty: `inter`.
---@field font_file? BlobInput|Blob|BlobPromise A font file, instead of a family by name.
---@field from? string|StringPromise The name of a style that fills what is left open here: `karaoke`.
---@field keyword_color? string|StringPromise Colour of keywords; none: amber.
---@field keywords? string[] Words and phrases that are stressed wherever they are said; so is what stands between asterisks: `*rice*`.
---@field kind? "lines"|"boxed"|"karaoke"|"highlight"|"pop"|"typewriter"|StringPromise What happens as words are said.
---@field lines? integer|NumberPromise Most lines of a caption, 1 to 4; 0: two.
---@field margin? number|NumberPromise How far from that edge of the safe area, as a share of the picture's height, up to 0.5.
---@field outline? number|NumberPromise Width of the outline in em, up to 0.5; none: as the kind has it.
---@field outline_color? string|StringPromise Its colour; none: black.
---@field place? "bottom"|"middle"|"top"|StringPromise Where captions stand.
---@field safe_area? "auto"|"youtube"|"shorts"|"reels"|"tiktok"|"square"|"feed"|"whole"|StringPromise The part of the picture that they keep to.
---@field scale? number|NumberPromise That size times this, 0.25 to 4.
---@field second? SecondLineInput|SecondLine|SecondLinePromise How a second language is set, where clips have a `translation`.
---@field shadow? number|NumberPromise How far the shadow falls, in em, up to 0.5.
---@field shadow_color? string|StringPromise Its colour; none: black of which half is seen.
---@field size? number|NumberPromise Size of the type as a share of the picture's height, 0.01 to 0.2; 0: what is usual for the picture's shape.
---@field uppercase? boolean|BooleanPromise All in capitals.
---@field weight? integer|NumberPromise Weight, 100 to 900; 0: 600. `inter` has 600 and 700.
---@field word_box? string|StringPromise Colour of a box behind the word that is being said; none: there is none, but in `highlight`.
---@field words? integer|NumberPromise Most words of a caption; 0: as many as its lines hold.

---A font of a card: a family that is brought along, or a file.
---@class CardFont
---@field family string `inter`, `serif` or `mono`.
---@field file? Blob A TrueType or OpenType file of at most 16 MB, instead.

---@class CardFontPromise
---@field get fun(self: CardFontPromise): CardFont
---@field family StringPromise
---@field file BlobPromise

---A font of a card: a family that is brought along, or a file.
---@class CardFontInput
---@field family? string|StringPromise `inter`, `serif` or `mono`.
---@field file? BlobInput|Blob|BlobPromise A TrueType or OpenType file of at most 16 MB, instead.

---Colours and fonts of a card in the place of its palette's: those of a brand. What is left out is as the palette has it; shades between text and background follow these.
---@class CardLook
---@field accent? string What is stressed.
---@field background? string The ground. It is opaque, as all of these are.
---@field body? CardFont The font of all other words but program text.
---@field heading? CardFont The font of headings and quotes.
---@field second? string A second accent.
---@field text? string Text.

---@class CardLookPromise
---@field get fun(self: CardLookPromise): CardLook
---@field accent StringPromise
---@field background StringPromise
---@field body CardFontPromise
---@field heading CardFontPromise
---@field second StringPromise
---@field text StringPromise

---Colours and fonts of a card in the place of its palette's: those of a brand. What is left out is as the palette has it; shades between text and background follow these.
---@class CardLookInput
---@field accent? string|StringPromise What is stressed.
---@field background? string|StringPromise The ground. It is opaque, as all of these are.
---@field body? CardFontInput|CardFont|CardFontPromise The font of all other words but program text.
---@field heading? CardFontInput|CardFont|CardFontPromise The font of headings and quotes.
---@field second? string|StringPromise A second accent.
---@field text? string|StringPromise Text.

---What stands on a card. A layout uses the fields it has room for.
---@class CardText
---@field caption string Who said a quote; what a number means; the language of code; what a step does; the call of an offer.
---@field columns string[] The columns' headings of a comparison: left, right.
---@field emphasis string[] Words of the card to stress, as they stand there.
---@field ground "solid"|"veil"|"clear" What is behind the words.
---@field heading string The heading; of a quote the quoted words, of a number the number with its unit, of an offer what is offered.
---@field kicker string A few small words above the heading.
---@field layout "title"|"bullets"|"quote"|"number"|"code"|"comparison"|"item"|"steps"|"page"|"offer"|"banner"|"lower_third" How the words are set.
---@field lines string[] Bullets, steps, the lines of code, the paragraphs of a page, or the sentence below a heading.
---@field number integer Which one it is of a list, of steps, of pages, counted from 1; 0: it has no number.
---@field of integer How many there are of a list; 0: that is not shown.
---@field price string What an offer costs, as it is to be read: `€ 49`.
---@field right string[] The second column of a comparison; `lines` is the first.
---@field uncaptioned boolean No captions are drawn over it: words may stand where those would.

---@class CardTextPromise
---@field get fun(self: CardTextPromise): CardText
---@field caption StringPromise
---@field columns StringListPromise
---@field emphasis StringListPromise
---@field ground StringPromise
---@field heading StringPromise
---@field kicker StringPromise
---@field layout StringPromise
---@field lines StringListPromise
---@field number NumberPromise
---@field of NumberPromise
---@field price StringPromise
---@field right StringListPromise
---@field uncaptioned BooleanPromise

---What stands on a card. A layout uses the fields it has room for.
---@class CardTextInput
---@field caption? string|StringPromise Who said a quote; what a number means; the language of code; what a step does; the call of an offer.
---@field columns? string[] The columns' headings of a comparison: left, right.
---@field emphasis? string[] Words of the card to stress, as they stand there.
---@field ground? "solid"|"veil"|"clear"|StringPromise What is behind the words.
---@field heading? string|StringPromise The heading; of a quote the quoted words, of a number the number with its unit, of an offer what is offered.
---@field kicker? string|StringPromise A few small words above the heading.
---@field layout? "title"|"bullets"|"quote"|"number"|"code"|"comparison"|"item"|"steps"|"page"|"offer"|"banner"|"lower_third"|StringPromise How the words are set.
---@field lines? string[] Bullets, steps, the lines of code, the paragraphs of a page, or the sentence below a heading.
---@field number? integer|NumberPromise Which one it is of a list, of steps, of pages, counted from 1; 0: it has no number.
---@field of? integer|NumberPromise How many there are of a list; 0: that is not shown.
---@field price? string|StringPromise What an offer costs, as it is to be read: `€ 49`.
---@field right? string[] The second column of a comparison; `lines` is the first.
---@field uncaptioned? boolean|BooleanPromise No captions are drawn over it: words may stand where those would.

---Where a part of a film begins.
---@class Chapter
---@field frame integer Frames from the start.
---@field title string Its name.

---@class ChapterPromise
---@field get fun(self: ChapterPromise): Chapter
---@field frame NumberPromise
---@field title StringPromise

---Where a part of a film begins.
---@class ChapterInput
---@field frame integer|NumberPromise Frames from the start.
---@field title string|StringPromise Its name.

---A thing that was looked at.
---@class Check
---@field help string What to do about it; empty: nothing.
---@field limit? number What it is to be, or may be at most, in `unit`.
---@field measured? number What was measured, in `unit`; none: it is no number.
---@field message string What was found, for a person.
---@field name string Stable, for programs: `loudness`, `black`, `caption_times` …
---@field state "skipped"|"pass"|"warn"|"fail" How it ended.
---@field unit string `s`, `LUFS`, `dBTP`, `characters/s` …
---@field where Span[] The stretches of the film that are to blame.

---@class CheckPromise
---@field get fun(self: CheckPromise): Check
---@field help StringPromise
---@field limit NumberPromise
---@field measured NumberPromise
---@field message StringPromise
---@field name StringPromise
---@field state StringPromise
---@field unit StringPromise
---@field where SpanListPromise

---A thing that was looked at.
---@class CheckInput
---@field help? string|StringPromise What to do about it; empty: nothing.
---@field limit? number|NumberPromise What it is to be, or may be at most, in `unit`.
---@field measured? number|NumberPromise What was measured, in `unit`; none: it is no number.
---@field message string|StringPromise What was found, for a person.
---@field name string|StringPromise Stable, for programs: `loudness`, `black`, `caption_times` …
---@field state "skipped"|"pass"|"warn"|"fail"|StringPromise How it ended.
---@field unit? string|StringPromise `s`, `LUFS`, `dBTP`, `characters/s` …
---@field where? SpanInput[]|Span[]|SpanListPromise The stretches of the film that are to blame.

---A crop at a time.
---@class Crop
---@field at number Seconds from the start of the span.
---@field h number Height as a share of the height, 0–1.
---@field w number Width as a share of the width, 0–1.
---@field x number Left edge as a share of the width, 0–1.
---@field y number Top edge as a share of the height, 0–1.

---@class CropPromise
---@field get fun(self: CropPromise): Crop
---@field at NumberPromise
---@field h NumberPromise
---@field w NumberPromise
---@field x NumberPromise
---@field y NumberPromise

---A crop at a time.
---@class CropInput
---@field at number|NumberPromise Seconds from the start of the span.
---@field h number|NumberPromise Height as a share of the height, 0–1.
---@field w number|NumberPromise Width as a share of the width, 0–1.
---@field x number|NumberPromise Left edge as a share of the width, 0–1.
---@field y number|NumberPromise Top edge as a share of the height, 0–1.

---What is seen of a picture from a frame on.
---@class CropKey
---@field ease "linear"|"in"|"out"|"in_out" How it moves on to the next key.
---@field frame integer The clip's frame.
---@field rect Rect The part that is seen, in shares of the picture.

---@class CropKeyPromise
---@field get fun(self: CropKeyPromise): CropKey
---@field ease StringPromise
---@field frame NumberPromise
---@field rect RectPromise

---What is seen of a picture from a frame on.
---@class CropKeyInput
---@field ease? "linear"|"in"|"out"|"in_out"|StringPromise How it moves on to the next key.
---@field frame integer|NumberPromise The clip's frame.
---@field rect RectInput|Rect|RectPromise The part that is seen, in shares of the picture.

---What a film is to be. What is left out is not looked at, or has its usual limit.
---@class Expected
---@field black Span[] When it is black on purpose, in seconds of the film.
---@field captions? "burnt"|"files"|"soft"|"burnt_soft"|"off" Where its captions are; none: not known.
---@field height? integer Pixels.
---@field loudness? number Integrated loudness in LUFS; none: −14.
---@field moving Span[] When the picture moves, in seconds of the film.
---@field rate? string Frames a second, as `30/1`.
---@field seconds? number Length in seconds, to one frame.
---@field speech Span[] When somebody speaks, in seconds of the film.
---@field true_peak? number Highest true peak in dBTP; none: −1.
---@field width? integer Pixels.
---@field words Word[] What is said when, in seconds of the film.

---@class ExpectedPromise
---@field get fun(self: ExpectedPromise): Expected
---@field black SpanListPromise
---@field captions StringPromise
---@field height NumberPromise
---@field loudness NumberPromise
---@field moving SpanListPromise
---@field rate StringPromise
---@field seconds NumberPromise
---@field speech SpanListPromise
---@field true_peak NumberPromise
---@field width NumberPromise
---@field words WordListPromise

---What a film is to be. What is left out is not looked at, or has its usual limit.
---@class ExpectedInput
---@field black? SpanInput[]|Span[]|SpanListPromise When it is black on purpose, in seconds of the film.
---@field captions? "burnt"|"files"|"soft"|"burnt_soft"|"off"|StringPromise Where its captions are; none: not known.
---@field height? integer|NumberPromise Pixels.
---@field loudness? number|NumberPromise Integrated loudness in LUFS; none: −14.
---@field moving? SpanInput[]|Span[]|SpanListPromise When the picture moves, in seconds of the film.
---@field rate? string|StringPromise Frames a second, as `30/1`.
---@field seconds? number|NumberPromise Length in seconds, to one frame.
---@field speech? SpanInput[]|Span[]|SpanListPromise When somebody speaks, in seconds of the film.
---@field true_peak? number|NumberPromise Highest true peak in dBTP; none: −1.
---@field width? integer|NumberPromise Pixels.
---@field words? WordInput[]|Word[]|WordListPromise What is said when, in seconds of the film.

---A finished film.
---@class Film
---@field ass? Blob Captions as Advanced SubStation Alpha, as they are drawn; none: there are none, or no style was asked for.
---@field caption_style? CaptionStyle The style of the captions in its picture; none: they have none of their own.
---@field chapters Chapter[] Where its scenes begin.
---@field contact_sheet? Blob Frames from all over it, as one picture.
---@field frames integer Number of frames.
---@field header string Of a piece: its codec header in hex. Pieces are joined by stream copy only where it is equal.
---@field height integer Pixels.
---@field loudness? Loudness Loudness as measured on the finished file; none: it has no sound.
---@field pieces FilmPiece[] What its pictures were copied from, in order: no frame was encoded again after these. Empty: not known.
---@field poster? Blob A frame to stand for it.
---@field rate string Frames a second, as `30/1`.
---@field seconds number Length in seconds.
---@field sound_pieces SoundPiece[] How its sound was encoded: part after part, each by itself. Empty: in one, or not known.
---@field srt? Blob Captions as SubRip; none: there are none.
---@field translation? TranslatedCaptions Captions in a second language; none: there are none.
---@field video Blob The file: MP4 with H.264 and AAC, where nothing else was asked for.
---@field vtt? Blob Captions as WebVTT; none: there are none.
---@field wanted? Loudness The loudness that was asked for; none: −14 LUFS with peaks of at most −1 dBTP.
---@field width integer Pixels.
---@field words? Blob Captions as JSON, with the time of every word; none: there are none, or no style was asked for.

---@class FilmPromise
---@field get fun(self: FilmPromise): Film
---@field ass BlobPromise
---@field caption_style CaptionStylePromise
---@field chapters ChapterListPromise
---@field contact_sheet BlobPromise
---@field frames NumberPromise
---@field header StringPromise
---@field height NumberPromise
---@field loudness LoudnessPromise
---@field pieces FilmPieceListPromise
---@field poster BlobPromise
---@field rate StringPromise
---@field seconds NumberPromise
---@field sound_pieces SoundPieceListPromise
---@field srt BlobPromise
---@field translation TranslatedCaptionsPromise
---@field video BlobPromise
---@field vtt BlobPromise
---@field wanted LoudnessPromise
---@field width NumberPromise
---@field words BlobPromise

---A finished film.
---@class FilmInput
---@field ass? BlobInput|Blob|BlobPromise Captions as Advanced SubStation Alpha, as they are drawn; none: there are none, or no style was asked for.
---@field caption_style? CaptionStyleInput|CaptionStyle|CaptionStylePromise The style of the captions in its picture; none: they have none of their own.
---@field chapters? ChapterInput[]|Chapter[]|ChapterListPromise Where its scenes begin.
---@field contact_sheet? BlobInput|Blob|BlobPromise Frames from all over it, as one picture.
---@field frames? integer|NumberPromise Number of frames.
---@field header? string|StringPromise Of a piece: its codec header in hex. Pieces are joined by stream copy only where it is equal.
---@field height? integer|NumberPromise Pixels.
---@field loudness? LoudnessInput|Loudness|LoudnessPromise Loudness as measured on the finished file; none: it has no sound.
---@field pieces? FilmPieceInput[]|FilmPiece[]|FilmPieceListPromise What its pictures were copied from, in order: no frame was encoded again after these. Empty: not known.
---@field poster? BlobInput|Blob|BlobPromise A frame to stand for it.
---@field rate? string|StringPromise Frames a second, as `30/1`.
---@field seconds? number|NumberPromise Length in seconds.
---@field sound_pieces? SoundPieceInput[]|SoundPiece[]|SoundPieceListPromise How its sound was encoded: part after part, each by itself. Empty: in one, or not known.
---@field srt? BlobInput|Blob|BlobPromise Captions as SubRip; none: there are none.
---@field translation? TranslatedCaptionsInput|TranslatedCaptions|TranslatedCaptionsPromise Captions in a second language; none: there are none.
---@field video? BlobInput|Blob|BlobPromise The file: MP4 with H.264 and AAC, where nothing else was asked for.
---@field vtt? BlobInput|Blob|BlobPromise Captions as WebVTT; none: there are none.
---@field wanted? LoudnessInput|Loudness|LoudnessPromise The loudness that was asked for; none: −14 LUFS with peaks of at most −1 dBTP.
---@field width? integer|NumberPromise Pixels.
---@field words? BlobInput|Blob|BlobPromise Captions as JSON, with the time of every word; none: there are none, or no style was asked for.

---How one film does.
---@class FilmFigures
---@field average_seconds number Seconds watched a view.
---@field comments integer Comments.
---@field id string The service's id of it.
---@field likes integer Likes.
---@field minutes number Minutes watched.
---@field retention number[] Share of viewers still there at each hundredth of the film, 0–1 (above 1 where parts are rewatched).
---@field shares integer Shares.
---@field subscribers integer Subscribers gained.
---@field views integer Times it was started.

---@class FilmFiguresPromise
---@field get fun(self: FilmFiguresPromise): FilmFigures
---@field average_seconds NumberPromise
---@field comments NumberPromise
---@field id StringPromise
---@field likes NumberPromise
---@field minutes NumberPromise
---@field retention NumberListPromise
---@field shares NumberPromise
---@field subscribers NumberPromise
---@field views NumberPromise

---How one film does.
---@class FilmFiguresInput
---@field average_seconds number|NumberPromise Seconds watched a view.
---@field comments integer|NumberPromise Comments.
---@field id string|StringPromise The service's id of it.
---@field likes integer|NumberPromise Likes.
---@field minutes number|NumberPromise Minutes watched.
---@field retention number[] Share of viewers still there at each hundredth of the film, 0–1 (above 1 where parts are rewatched).
---@field shares integer|NumberPromise Shares.
---@field subscribers integer|NumberPromise Subscribers gained.
---@field views integer|NumberPromise Times it was started.

---A moment of a film.
---@class FilmMoment
---@field height integer How high its picture is to be, in pixels, 64 to 2160; the film's shape decides how wide.
---@field seconds number In seconds from the film's start; after its end: its last frame.

---@class FilmMomentPromise
---@field get fun(self: FilmMomentPromise): FilmMoment
---@field height NumberPromise
---@field seconds NumberPromise

---A moment of a film.
---@class FilmMomentInput
---@field height integer|NumberPromise How high its picture is to be, in pixels, 64 to 2160; the film's shape decides how wide.
---@field seconds number|NumberPromise In seconds from the film's start; after its end: its last frame.

---A file that some of a film's pictures were copied from.
---@class FilmPiece
---@field frames integer Number of frames.
---@field video Blob The file.

---@class FilmPiecePromise
---@field get fun(self: FilmPiecePromise): FilmPiece
---@field frames NumberPromise
---@field video BlobPromise

---A file that some of a film's pictures were copied from.
---@class FilmPieceInput
---@field frames integer|NumberPromise Number of frames.
---@field video BlobInput|Blob|BlobPromise The file.

---How a picture stands in the frame.
---@class Framing
---@field blend "normal"|"multiply"|"screen"|"overlay"|"add"|"darken"|"lighten"|"difference" How it is mixed with what is behind it.
---@field crop CropKey[] Which part of it is seen, key-framed: with two keys it moves from one rectangle to the other (Ken Burns). Empty: the whole of it.
---@field fade_in integer Frames in which it appears at its start.
---@field fade_out integer Frames in which it goes at its end.
---@field fit? "blurred"|"cover"|"contain"|"stretch" How it fills its place where it has another shape; none: `blurred` for the picture, `contain` for overlays.
---@field opacity OpacityKey[] How much of it is seen, key-framed; empty: all of it.
---@field place? Rect Its place in the frame; none: all of it.

---@class FramingPromise
---@field get fun(self: FramingPromise): Framing
---@field blend StringPromise
---@field crop CropKeyListPromise
---@field fade_in NumberPromise
---@field fade_out NumberPromise
---@field fit StringPromise
---@field opacity OpacityKeyListPromise
---@field place RectPromise

---How a picture stands in the frame.
---@class FramingInput
---@field blend? "normal"|"multiply"|"screen"|"overlay"|"add"|"darken"|"lighten"|"difference"|StringPromise How it is mixed with what is behind it.
---@field crop? CropKeyInput[]|CropKey[]|CropKeyListPromise Which part of it is seen, key-framed: with two keys it moves from one rectangle to the other (Ken Burns). Empty: the whole of it.
---@field fade_in? integer|NumberPromise Frames in which it appears at its start.
---@field fade_out? integer|NumberPromise Frames in which it goes at its end.
---@field fit? "blurred"|"cover"|"contain"|"stretch"|StringPromise How it fills its place where it has another shape; none: `blurred` for the picture, `contain` for overlays.
---@field opacity? OpacityKeyInput[]|OpacityKey[]|OpacityKeyListPromise How much of it is seen, key-framed; empty: all of it.
---@field place? RectInput|Rect|RectPromise Its place in the frame; none: all of it.

---How a clip on a track of sound is heard.
---@class Hearing
---@field denoise number Noise that stays all the while is made so many dB quieter, 0–40; 0: it is left.
---@field ducks boolean Music is ducked under it, as it is under narrations.
---@field fade_in integer Frames in which it comes up from silence.
---@field fade_out integer Frames in which it goes down to silence, at its end.
---@field fit boolean Fit it to the clip's length: what is too short comes again, where it is like itself, and what is too long is cut there; so it ends as the music does.
---@field trim boolean Leave out the silence before its first sound and after its last: it is heard from its start on, and ends sooner. What comes after it stays where it is.

---@class HearingPromise
---@field get fun(self: HearingPromise): Hearing
---@field denoise NumberPromise
---@field ducks BooleanPromise
---@field fade_in NumberPromise
---@field fade_out NumberPromise
---@field fit BooleanPromise
---@field trim BooleanPromise

---How a clip on a track of sound is heard.
---@class HearingInput
---@field denoise? number|NumberPromise Noise that stays all the while is made so many dB quieter, 0–40; 0: it is left.
---@field ducks? boolean|BooleanPromise Music is ducked under it, as it is under narrations.
---@field fade_in? integer|NumberPromise Frames in which it comes up from silence.
---@field fade_out? integer|NumberPromise Frames in which it goes down to silence, at its end.
---@field fit? boolean|BooleanPromise Fit it to the clip's length: what is too short comes again, where it is like itself, and what is too long is cut there; so it ends as the music does.
---@field trim? boolean|BooleanPromise Leave out the silence before its first sound and after its last: it is heard from its start on, and ends sooner. What comes after it stays where it is.

---One hit.
---@class Hit
---@field attribution string Whom to name beside it, as the library asks.
---@field description string What it shows, in words.
---@field height integer Pixels; 0 for sound.
---@field licence string Its licence.
---@field page string Its page, for people.
---@field seconds number Length in seconds; 0 for pictures.
---@field url string Its file.
---@field width integer Pixels; 0 for sound.

---@class HitPromise
---@field get fun(self: HitPromise): Hit
---@field attribution StringPromise
---@field description StringPromise
---@field height NumberPromise
---@field licence StringPromise
---@field page StringPromise
---@field seconds NumberPromise
---@field url StringPromise
---@field width NumberPromise

---One hit.
---@class HitInput
---@field attribution string|StringPromise Whom to name beside it, as the library asks.
---@field description string|StringPromise What it shows, in words.
---@field height integer|NumberPromise Pixels; 0 for sound.
---@field licence string|StringPromise Its licence.
---@field page string|StringPromise Its page, for people.
---@field seconds number|NumberPromise Length in seconds; 0 for pictures.
---@field url string|StringPromise Its file.
---@field width integer|NumberPromise Pixels; 0 for sound.

---A picture.
---@class Image
---@field attribution string Whom to name beside it.
---@field description string What it shows, in words.
---@field height integer Pixels.
---@field image Blob The picture; PNG, JPEG or WebP.
---@field width integer Pixels.

---@class ImagePromise
---@field get fun(self: ImagePromise): Image
---@field attribution StringPromise
---@field description StringPromise
---@field height NumberPromise
---@field image BlobPromise
---@field width NumberPromise

---A picture.
---@class ImageInput
---@field attribution? string|StringPromise Whom to name beside it.
---@field description? string|StringPromise What it shows, in words.
---@field height integer|NumberPromise Pixels.
---@field image BlobInput|Blob|BlobPromise The picture; PNG, JPEG or WebP.
---@field width integer|NumberPromise Pixels.

---What a model answered.
---@class LlmResponse
---@field data any The answer as JSON, where a schema was given.
---@field model string The model that answered.
---@field scenes SceneDraft[] The storyboard's scenes, in order.
---@field text string The answer in words; empty for a storyboard.
---@field title string The storyboard's title.

---@class LlmResponsePromise
---@field get fun(self: LlmResponsePromise): LlmResponse
---@field data any
---@field model StringPromise
---@field scenes SceneDraftListPromise
---@field text StringPromise
---@field title StringPromise

---What a model answered.
---@class LlmResponseInput
---@field data? any The answer as JSON, where a schema was given.
---@field model? string|StringPromise The model that answered.
---@field scenes? SceneDraftInput[]|SceneDraft[]|SceneDraftListPromise The storyboard's scenes, in order.
---@field text? string|StringPromise The answer in words; empty for a storyboard.
---@field title? string|StringPromise The storyboard's title.

---Loudness after ITU-R BS.1770-4 and EBU R 128.
---@class Loudness
---@field integrated number Integrated, in LUFS.
---@field true_peak number True peak, in dBTP.

---@class LoudnessPromise
---@field get fun(self: LoudnessPromise): Loudness
---@field integrated NumberPromise
---@field true_peak NumberPromise

---Loudness after ITU-R BS.1770-4 and EBU R 128.
---@class LoudnessInput
---@field integrated number|NumberPromise Integrated, in LUFS.
---@field true_peak number|NumberPromise True peak, in dBTP.

---A loudness in numbers.
---@class LoudnessNumbers
---@field integrated number Integrated, in LUFS, −40 to −8.
---@field true_peak? number Highest true peak, in dBTP, −12 to −0.5; none: −1.

---@class LoudnessNumbersPromise
---@field get fun(self: LoudnessNumbersPromise): LoudnessNumbers
---@field integrated NumberPromise
---@field true_peak NumberPromise

---A loudness in numbers.
---@class LoudnessNumbersInput
---@field integrated number|NumberPromise Integrated, in LUFS, −40 to −8.
---@field true_peak? number|NumberPromise Highest true peak, in dBTP, −12 to −0.5; none: −1.

---A place that somebody marked, for people and editors.
---@class Marker
---@field frame integer Frames from the start.
---@field frames integer How many frames it marks; 0: a moment.
---@field name string Its name.
---@field note string What is to be said of it.

---@class MarkerPromise
---@field get fun(self: MarkerPromise): Marker
---@field frame NumberPromise
---@field frames NumberPromise
---@field name StringPromise
---@field note StringPromise

---A place that somebody marked, for people and editors.
---@class MarkerInput
---@field frame integer|NumberPromise Frames from the start.
---@field frames? integer|NumberPromise How many frames it marks; 0: a moment.
---@field name string|StringPromise Its name.
---@field note? string|StringPromise What is to be said of it.

---One message of a conversation.
---@class Message
---@field role "user"|"assistant" Who said it.
---@field text string What was said.

---@class MessagePromise
---@field get fun(self: MessagePromise): Message
---@field role StringPromise
---@field text StringPromise

---One message of a conversation.
---@class MessageInput
---@field role "user"|"assistant"|StringPromise Who said it.
---@field text string|StringPromise What was said.

---A moment and why it was chosen.
---@class Moment
---@field reasons string[] What speaks for it, in words.
---@field score number 0–1.
---@field span Span From a sentence's start to a sentence's end.
---@field title string A title for it.

---@class MomentPromise
---@field get fun(self: MomentPromise): Moment
---@field reasons StringListPromise
---@field score NumberPromise
---@field span SpanPromise
---@field title StringPromise

---A moment and why it was chosen.
---@class MomentInput
---@field reasons string[] What speaks for it, in words.
---@field score number|NumberPromise 0–1.
---@field span SpanInput|Span|SpanPromise From a sentence's start to a sentence's end.
---@field title string|StringPromise A title for it.

---A piece of music.
---@class Music
---@field attribution string Whom to name beside it.
---@field audio Blob The sound.
---@field bpm? number Beats a minute, where known.
---@field seconds number Length in seconds.

---@class MusicPromise
---@field get fun(self: MusicPromise): Music
---@field attribution StringPromise
---@field audio BlobPromise
---@field bpm NumberPromise
---@field seconds NumberPromise

---A piece of music.
---@class MusicInput
---@field attribution? string|StringPromise Whom to name beside it.
---@field audio BlobInput|Blob|BlobPromise The sound.
---@field bpm? number|NumberPromise Beats a minute, where known.
---@field seconds number|NumberPromise Length in seconds.

---Music under a film: fitted to its length, ducked under speech, faded at its ends.
---@class MusicBed
---@field audio Blob The file.
---@field fade_in number Seconds in which it comes up.
---@field fade_out number Seconds in which it goes down at the film's end.
---@field from number Where in the file it starts, in seconds.
---@field gain_db number Louder or quieter than music usually is, in dB, −40–20.

---@class MusicBedPromise
---@field get fun(self: MusicBedPromise): MusicBed
---@field audio BlobPromise
---@field fade_in NumberPromise
---@field fade_out NumberPromise
---@field from NumberPromise
---@field gain_db NumberPromise

---Music under a film: fitted to its length, ducked under speech, faded at its ends.
---@class MusicBedInput
---@field audio? BlobInput|Blob|BlobPromise The file.
---@field fade_in? number|NumberPromise Seconds in which it comes up.
---@field fade_out? number|NumberPromise Seconds in which it goes down at the film's end.
---@field from? number|NumberPromise Where in the file it starts, in seconds.
---@field gain_db? number|NumberPromise Louder or quieter than music usually is, in dB, −40–20.

---How much of a picture is seen at a frame; between keys it changes evenly.
---@class OpacityKey
---@field frame integer The clip's frame.
---@field opacity number 0 (nothing) to 1 (all of it).

---@class OpacityKeyPromise
---@field get fun(self: OpacityKeyPromise): OpacityKey
---@field frame NumberPromise
---@field opacity NumberPromise

---How much of a picture is seen at a frame; between keys it changes evenly.
---@class OpacityKeyInput
---@field frame integer|NumberPromise The clip's frame.
---@field opacity number|NumberPromise 0 (nothing) to 1 (all of it).

---Where a film went.
---@class Publication
---@field files table<string, string> The files written, by name, with their paths; empty for a service.
---@field id string The service's id of it.
---@field url string Its address, for people; a path for a folder.

---@class PublicationPromise
---@field get fun(self: PublicationPromise): Publication
---@field files any
---@field id StringPromise
---@field url StringPromise

---Where a film went.
---@class PublicationInput
---@field files? table<string, string> The files written, by name, with their paths; empty for a service.
---@field id? string|StringPromise The service's id of it.
---@field url? string|StringPromise Its address, for people; a path for a folder.

---The moments found.
---@class Ranking
---@field moments Moment[] Best first.

---@class RankingPromise
---@field get fun(self: RankingPromise): Ranking
---@field moments MomentListPromise

---The moments found.
---@class RankingInput
---@field moments MomentInput[]|Moment[]|MomentListPromise Best first.

---Frames a second as a fraction: 30/1, 30000/1001.
---@class Rate
---@field den integer … in so many seconds.
---@field num integer Frames …

---@class RatePromise
---@field get fun(self: RatePromise): Rate
---@field den NumberPromise
---@field num NumberPromise

---Frames a second as a fraction: 30/1, 30000/1001.
---@class RateInput
---@field den integer|NumberPromise … in so many seconds.
---@field num integer|NumberPromise Frames …

---A factor as a fraction: 1/2, 3/1.
---@class Ratio
---@field den integer … of so many.
---@field num integer So many …

---@class RatioPromise
---@field get fun(self: RatioPromise): Ratio
---@field den NumberPromise
---@field num NumberPromise

---A factor as a fraction: 1/2, 3/1.
---@class RatioInput
---@field den? integer|NumberPromise … of so many.
---@field num integer|NumberPromise So many …

---An exact moment: the start of frame `value` at a rate, or of sample `value` at 48000/1.
---@class RationalTime
---@field rate Rate So many of them a second.
---@field value integer Frames or samples from the start.

---@class RationalTimePromise
---@field get fun(self: RationalTimePromise): RationalTime
---@field rate RatePromise
---@field value NumberPromise

---An exact moment: the start of frame `value` at a rate, or of sample `value` at 48000/1.
---@class RationalTimeInput
---@field rate RateInput|Rate|RatePromise So many of them a second.
---@field value integer|NumberPromise Frames or samples from the start.

---A rectangle in shares of a picture or frame: `x` and `y` are its upper left corner, all of it is 0, 0, 1, 1.
---@class Rect
---@field height number Its height.
---@field width number Its width.
---@field x number From the left.
---@field y number From the top.

---@class RectPromise
---@field get fun(self: RectPromise): Rect
---@field height NumberPromise
---@field width NumberPromise
---@field x NumberPromise
---@field y NumberPromise

---A rectangle in shares of a picture or frame: `x` and `y` are its upper left corner, all of it is 0, 0, 1, 1.
---@class RectInput
---@field height number|NumberPromise Its height.
---@field width number|NumberPromise Its width.
---@field x number|NumberPromise From the left.
---@field y number|NumberPromise From the top.

---A path of crops.
---@class Reframing
---@field covered? number Share of frames with a face in the crop, 0–1; none: no faces looked for.
---@field path Crop[] In time order; linear in between.

---@class ReframingPromise
---@field get fun(self: ReframingPromise): Reframing
---@field covered NumberPromise
---@field path CropListPromise

---A path of crops.
---@class ReframingInput
---@field covered? number|NumberPromise Share of frames with a face in the crop, 0–1; none: no faces looked for.
---@field path CropInput[]|Crop[]|CropListPromise In time order; linear in between.

---What was found.
---@class Report
---@field checks Check[] One a thing that was looked at.
---@field facts StreamFacts What the file is.
---@field film? Film The film that was checked, to be handed on; none: it is not one of `render`.
---@field state "skipped"|"pass"|"warn"|"fail" The worst state of all checks.

---@class ReportPromise
---@field get fun(self: ReportPromise): Report
---@field checks CheckListPromise
---@field facts StreamFactsPromise
---@field film FilmPromise
---@field state StringPromise

---What was found.
---@class ReportInput
---@field checks CheckInput[]|Check[]|CheckListPromise One a thing that was looked at.
---@field facts StreamFactsInput|StreamFacts|StreamFactsPromise What the file is.
---@field film? FilmInput|Film|FilmPromise The film that was checked, to be handed on; none: it is not one of `render`.
---@field state "skipped"|"pass"|"warn"|"fail"|StringPromise The worst state of all checks.

---A bar that grows from the left while it is seen.
---@class SceneBar
---@field color string Its colour, as `#rrggbb`.
---@field rest? string The colour of what is still to come; none: it is not seen.

---@class SceneBarPromise
---@field get fun(self: SceneBarPromise): SceneBar
---@field color StringPromise
---@field rest StringPromise

---A bar that grows from the left while it is seen.
---@class SceneBarInput
---@field color string|StringPromise Its colour, as `#rrggbb`.
---@field rest? string|StringPromise The colour of what is still to come; none: it is not seen.

---One scene: a picture, what is said over it, and how it goes over into the next.
---@class SceneClip
---@field captions Word[] Caption words, timed from the narration's start.
---@field denoise number Make noise that stays all through the narration so many dB quieter, 0–40; 12 is usual.
---@field ducks boolean Music is ducked under the film's own sound, as it is under a narration.
---@field fit? "blurred"|"cover"|"contain"|"stretch" How the picture or film fills the frame where it has another shape; none: over a blurred enlargement of itself.
---@field from number Where the film starts, in seconds.
---@field id string Unique in the film; stable under edits of other scenes.
---@field keywords string[] Words and phrases of its captions that are stressed.
---@field motion "none"|"zoom_in"|"zoom_out"|"pan_left"|"pan_right"|"pan_up"|"pan_down" How the picture moves while it is seen (Ken Burns); it then fills the frame.
---@field narration? Speech What is said.
---@field narration_from number Where in its sound the narration starts, in seconds; its length counts from there.
---@field overlays SceneOverlay[] What lies over the scene, the later ones over the earlier: a logo, a picture in the picture.
---@field picture? Image A still.
---@field seconds? number Length in seconds; none: as long as the narration and the pads around it (3 s without one).
---@field sound boolean The film's own sound is heard, too, where it has any.
---@field speed? number How fast the film plays: 2 is twice as fast, 0 stands still; none: as it was made.
---@field title string Its name, for chapters.
---@field transition "cut"|"dissolve"|"fade_black"|"fade_white"|"fade_color"|"fade_grays"|"slide_left"|"slide_right"|"slide_up"|"slide_down"|"cover_left"|"cover_right"|"cover_up"|"cover_down"|"wipe_left"|"wipe_right"|"wipe_up"|"wipe_down"|"smooth_left"|"smooth_right"|"zoom"|"blur"|"circle_open"|"circle_close"|"radial"|"pixelize"|"curtain"|"squeeze" How it goes over into the next scene.
---@field transition_color? string The colour of `fade_color`, as `#rrggbb`; none: black.
---@field transition_ease "linear"|"in"|"out"|"in_out" How it gathers speed and loses it.
---@field transition_seconds? number How long that takes, in seconds; none: half a second. Shorter where a scene is too short.
---@field translation Word[] Caption words of a second language, timed from the narration's start; captions with a style show them smaller.
---@field trim boolean Leave out the silence before the first and after the last word; the scene is so much shorter.
---@field video? Blob A film, instead of a still.

---@class SceneClipPromise
---@field get fun(self: SceneClipPromise): SceneClip
---@field captions WordListPromise
---@field denoise NumberPromise
---@field ducks BooleanPromise
---@field fit StringPromise
---@field from NumberPromise
---@field id StringPromise
---@field keywords StringListPromise
---@field motion StringPromise
---@field narration SpeechPromise
---@field narration_from NumberPromise
---@field overlays SceneOverlayListPromise
---@field picture ImagePromise
---@field seconds NumberPromise
---@field sound BooleanPromise
---@field speed NumberPromise
---@field title StringPromise
---@field transition StringPromise
---@field transition_color StringPromise
---@field transition_ease StringPromise
---@field transition_seconds NumberPromise
---@field translation WordListPromise
---@field trim BooleanPromise
---@field video BlobPromise

---One scene: a picture, what is said over it, and how it goes over into the next.
---@class SceneClipInput
---@field captions? WordInput[]|Word[]|WordListPromise Caption words, timed from the narration's start.
---@field denoise? number|NumberPromise Make noise that stays all through the narration so many dB quieter, 0–40; 12 is usual.
---@field ducks? boolean|BooleanPromise Music is ducked under the film's own sound, as it is under a narration.
---@field fit? "blurred"|"cover"|"contain"|"stretch"|StringPromise How the picture or film fills the frame where it has another shape; none: over a blurred enlargement of itself.
---@field from? number|NumberPromise Where the film starts, in seconds.
---@field id? string|StringPromise Unique in the film; stable under edits of other scenes.
---@field keywords? string[] Words and phrases of its captions that are stressed.
---@field motion? "none"|"zoom_in"|"zoom_out"|"pan_left"|"pan_right"|"pan_up"|"pan_down"|StringPromise How the picture moves while it is seen (Ken Burns); it then fills the frame.
---@field narration? SpeechInput|Speech|SpeechPromise What is said.
---@field narration_from? number|NumberPromise Where in its sound the narration starts, in seconds; its length counts from there.
---@field overlays? SceneOverlayInput[]|SceneOverlay[]|SceneOverlayListPromise What lies over the scene, the later ones over the earlier: a logo, a picture in the picture.
---@field picture? ImageInput|Image|ImagePromise A still.
---@field seconds? number|NumberPromise Length in seconds; none: as long as the narration and the pads around it (3 s without one).
---@field sound? boolean|BooleanPromise The film's own sound is heard, too, where it has any.
---@field speed? number|NumberPromise How fast the film plays: 2 is twice as fast, 0 stands still; none: as it was made.
---@field title? string|StringPromise Its name, for chapters.
---@field transition? "cut"|"dissolve"|"fade_black"|"fade_white"|"fade_color"|"fade_grays"|"slide_left"|"slide_right"|"slide_up"|"slide_down"|"cover_left"|"cover_right"|"cover_up"|"cover_down"|"wipe_left"|"wipe_right"|"wipe_up"|"wipe_down"|"smooth_left"|"smooth_right"|"zoom"|"blur"|"circle_open"|"circle_close"|"radial"|"pixelize"|"curtain"|"squeeze"|StringPromise How it goes over into the next scene.
---@field transition_color? string|StringPromise The colour of `fade_color`, as `#rrggbb`; none: black.
---@field transition_ease? "linear"|"in"|"out"|"in_out"|StringPromise How it gathers speed and loses it.
---@field transition_seconds? number|NumberPromise How long that takes, in seconds; none: half a second. Shorter where a scene is too short.
---@field translation? WordInput[]|Word[]|WordListPromise Caption words of a second language, timed from the narration's start; captions with a style show them smaller.
---@field trim? boolean|BooleanPromise Leave out the silence before the first and after the last word; the scene is so much shorter.
---@field video? BlobInput|Blob|BlobPromise A film, instead of a still.

---A scene as a storyboard proposes it.
---@class SceneDraft
---@field id string Stable under edits of other scenes; `map` takes its scope from it.
---@field narration string What is said.
---@field on_screen CardText What is shown in words.
---@field prompt string A prompt for a picture or a film of it; empty: none proposed.
---@field seconds? number How long it lasts at least, in seconds; none: as long as its narration.
---@field title string The heading it stands under.

---@class SceneDraftPromise
---@field get fun(self: SceneDraftPromise): SceneDraft
---@field id StringPromise
---@field narration StringPromise
---@field on_screen CardTextPromise
---@field prompt StringPromise
---@field seconds NumberPromise
---@field title StringPromise

---A scene as a storyboard proposes it.
---@class SceneDraftInput
---@field id? string|StringPromise Stable under edits of other scenes; `map` takes its scope from it.
---@field narration? string|StringPromise What is said.
---@field on_screen? CardTextInput|CardText|CardTextPromise What is shown in words.
---@field prompt? string|StringPromise A prompt for a picture or a film of it; empty: none proposed.
---@field seconds? number|NumberPromise How long it lasts at least, in seconds; none: as long as its narration.
---@field title? string|StringPromise The heading it stands under.

---A picture or film over a scene, or over a whole film.
---@class SceneOverlay
---@field bar? SceneBar A bar that grows from the left while it is seen, instead of a still.
---@field before_end number It is gone so many seconds before the end.
---@field behind_captions boolean The scene's captions are drawn over it, and all other overlays; else they lie under them.
---@field blend "normal"|"multiply"|"screen"|"overlay"|"add"|"darken"|"lighten"|"difference" How it is mixed with what is behind it.
---@field fade number In how many seconds it appears and goes.
---@field fade_in? number In how many seconds it appears, where that is not `fade`: 0 is at once.
---@field fit? "blurred"|"cover"|"contain"|"stretch" How it fills its place where it has another shape; none: all of it is seen, in the middle.
---@field opacity? number How much of it is seen, 0 to 1; none: all of it.
---@field picture? Image A still; what it lets through is seen.
---@field place? Rect Its place in the frame, in shares of it; none: all of it, of a bar the lower edge. It keeps its shape.
---@field seconds? number For how long; none: to the end.
---@field start number When it appears, in seconds of the scene, or of the film that it lies over.
---@field video? Blob A film, instead of a still.

---@class SceneOverlayPromise
---@field get fun(self: SceneOverlayPromise): SceneOverlay
---@field bar SceneBarPromise
---@field before_end NumberPromise
---@field behind_captions BooleanPromise
---@field blend StringPromise
---@field fade NumberPromise
---@field fade_in NumberPromise
---@field fit StringPromise
---@field opacity NumberPromise
---@field picture ImagePromise
---@field place RectPromise
---@field seconds NumberPromise
---@field start NumberPromise
---@field video BlobPromise

---A picture or film over a scene, or over a whole film.
---@class SceneOverlayInput
---@field bar? SceneBarInput|SceneBar|SceneBarPromise A bar that grows from the left while it is seen, instead of a still.
---@field before_end? number|NumberPromise It is gone so many seconds before the end.
---@field behind_captions? boolean|BooleanPromise The scene's captions are drawn over it, and all other overlays; else they lie under them.
---@field blend? "normal"|"multiply"|"screen"|"overlay"|"add"|"darken"|"lighten"|"difference"|StringPromise How it is mixed with what is behind it.
---@field fade? number|NumberPromise In how many seconds it appears and goes.
---@field fade_in? number|NumberPromise In how many seconds it appears, where that is not `fade`: 0 is at once.
---@field fit? "blurred"|"cover"|"contain"|"stretch"|StringPromise How it fills its place where it has another shape; none: all of it is seen, in the middle.
---@field opacity? number|NumberPromise How much of it is seen, 0 to 1; none: all of it.
---@field picture? ImageInput|Image|ImagePromise A still; what it lets through is seen.
---@field place? RectInput|Rect|RectPromise Its place in the frame, in shares of it; none: all of it, of a bar the lower edge. It keeps its shape.
---@field seconds? number|NumberPromise For how long; none: to the end.
---@field start? number|NumberPromise When it appears, in seconds of the scene, or of the film that it lies over.
---@field video? BlobInput|Blob|BlobPromise A film, instead of a still.

---What a library has.
---@class SearchResult
---@field hits Hit[] Best first.
---@field media? Blob The best hit's file, where `fetch` was asked for.

---@class SearchResultPromise
---@field get fun(self: SearchResultPromise): SearchResult
---@field hits HitListPromise
---@field media BlobPromise

---What a library has.
---@class SearchResultInput
---@field hits HitInput[]|Hit[]|HitListPromise Best first.
---@field media? BlobInput|Blob|BlobPromise The best hit's file, where `fetch` was asked for.

---How a second language is set.
---@class SecondLine
---@field above boolean It stands above the first language, not below.
---@field color? string Its colour; none: that of the words.
---@field scale number Its size as a share of that of the first language, 0.3 to 1.

---@class SecondLinePromise
---@field get fun(self: SecondLinePromise): SecondLine
---@field above BooleanPromise
---@field color StringPromise
---@field scale NumberPromise

---How a second language is set.
---@class SecondLineInput
---@field above? boolean|BooleanPromise It stands above the first language, not below.
---@field color? string|StringPromise Its colour; none: that of the words.
---@field scale? number|NumberPromise Its size as a share of that of the first language, 0.3 to 1.

---Packets of a film's sound that were encoded by themselves.
---@class SoundPiece
---@field packets integer How many there are.
---@field pause integer The last so many of them are a pause, until the next piece may begin.

---@class SoundPiecePromise
---@field get fun(self: SoundPiecePromise): SoundPiece
---@field packets NumberPromise
---@field pause NumberPromise

---Packets of a film's sound that were encoded by themselves.
---@class SoundPieceInput
---@field packets integer|NumberPromise How many there are.
---@field pause? integer|NumberPromise The last so many of them are a pause, until the next piece may begin.

---A stretch of time.
---@class Span
---@field ["end"] number Seconds from the start.
---@field start number Seconds from the start.

---@class SpanPromise
---@field get fun(self: SpanPromise): Span
---@field ["end"] NumberPromise
---@field start NumberPromise

---A stretch of time.
---@class SpanInput
---@field ["end"] number|NumberPromise Seconds from the start.
---@field start number|NumberPromise Seconds from the start.

---Speech with its word times.
---@class Speech
---@field audio Blob The sound; WAV PCM where the provider lets one choose.
---@field sample_rate integer Samples a second.
---@field seconds number Its exact length in seconds.
---@field voice string The voice that spoke.
---@field words Word[] Every word with its times; empty: the provider gives none.

---@class SpeechPromise
---@field get fun(self: SpeechPromise): Speech
---@field audio BlobPromise
---@field sample_rate NumberPromise
---@field seconds NumberPromise
---@field voice StringPromise
---@field words WordListPromise

---Speech with its word times.
---@class SpeechInput
---@field audio BlobInput|Blob|BlobPromise The sound; WAV PCM where the provider lets one choose.
---@field sample_rate integer|NumberPromise Samples a second.
---@field seconds number|NumberPromise Its exact length in seconds.
---@field voice string|StringPromise The voice that spoke.
---@field words WordInput[]|Word[]|WordListPromise Every word with its times; empty: the provider gives none.

---How fast a clip plays at one of its frames.
---@class SpeedPoint
---@field frame integer The clip's frame.
---@field speed Ratio How fast it plays there.

---@class SpeedPointPromise
---@field get fun(self: SpeedPointPromise): SpeedPoint
---@field frame NumberPromise
---@field speed RatioPromise

---How fast a clip plays at one of its frames.
---@class SpeedPointInput
---@field frame integer|NumberPromise The clip's frame.
---@field speed RatioInput|Ratio|RatioPromise How fast it plays there.

---What a file is.
---@class StreamFacts
---@field audio? AudioFacts The sound; none: it has none.
---@field bytes integer Bytes.
---@field container string The container, as FFmpeg calls it.
---@field loudness? Loudness How loud it is; none: it has no sound, or nothing is heard.
---@field seconds number Length in seconds.
---@field video? VideoFacts The picture; none: it has none.

---@class StreamFactsPromise
---@field get fun(self: StreamFactsPromise): StreamFacts
---@field audio AudioFactsPromise
---@field bytes NumberPromise
---@field container StringPromise
---@field loudness LoudnessPromise
---@field seconds NumberPromise
---@field video VideoFactsPromise

---What a file is.
---@class StreamFactsInput
---@field audio? AudioFactsInput|AudioFacts|AudioFactsPromise The sound; none: it has none.
---@field bytes? integer|NumberPromise Bytes.
---@field container? string|StringPromise The container, as FFmpeg calls it.
---@field loudness? LoudnessInput|Loudness|LoudnessPromise How loud it is; none: it has no sound, or nothing is heard.
---@field seconds? number|NumberPromise Length in seconds.
---@field video? VideoFactsInput|VideoFacts|VideoFactsPromise The picture; none: it has none.

---Tracks that run side by side. The video track is the picture and decides how long the film is; overlays lie over it, the later tracks over the earlier ones; audio tracks are mixed.
---@class Timeline
---@field chapters Chapter[] Where its parts begin.
---@field markers Marker[] Places that somebody marked; they are not seen in the film.
---@field rate Rate The rate in which frames are counted.
---@field tracks Track[] The tracks.

---@class TimelinePromise
---@field get fun(self: TimelinePromise): Timeline
---@field chapters ChapterListPromise
---@field markers MarkerListPromise
---@field rate RatePromise
---@field tracks TrackListPromise

---Tracks that run side by side. The video track is the picture and decides how long the film is; overlays lie over it, the later tracks over the earlier ones; audio tracks are mixed.
---@class TimelineInput
---@field chapters? ChapterInput[]|Chapter[]|ChapterListPromise Where its parts begin.
---@field markers? MarkerInput[]|Marker[]|MarkerListPromise Places that somebody marked; they are not seen in the film.
---@field rate RateInput|Rate|RatePromise The rate in which frames are counted.
---@field tracks TrackInput[]|Track[]|TrackListPromise The tracks.

---One track.
---@class Track
---@field items table[] One after another.
---@field kind "video"|"overlay"|"caption"|"narration"|"music"|"effect" What it carries.

---@class TrackPromise
---@field get fun(self: TrackPromise): Track
---@field items any
---@field kind StringPromise

---One track.
---@class TrackInput
---@field items table[] One after another.
---@field kind "video"|"overlay"|"caption"|"narration"|"music"|"effect"|StringPromise What it carries.

---What was said.
---@class Transcript
---@field language string BCP 47.
---@field seconds number Length of the recording in seconds.
---@field text string All of it.
---@field words Word[] Word by word.

---@class TranscriptPromise
---@field get fun(self: TranscriptPromise): Transcript
---@field language StringPromise
---@field seconds NumberPromise
---@field text StringPromise
---@field words WordListPromise

---What was said.
---@class TranscriptInput
---@field language string|StringPromise BCP 47.
---@field seconds number|NumberPromise Length of the recording in seconds.
---@field text string|StringPromise All of it.
---@field words WordInput[]|Word[]|WordListPromise Word by word.

---A film's captions in a second language, as files.
---@class TranslatedCaptions
---@field language string The language, as `de`; empty: not known.
---@field srt Blob As SubRip.
---@field vtt Blob As WebVTT.

---@class TranslatedCaptionsPromise
---@field get fun(self: TranslatedCaptionsPromise): TranslatedCaptions
---@field language StringPromise
---@field srt BlobPromise
---@field vtt BlobPromise

---A film's captions in a second language, as files.
---@class TranslatedCaptionsInput
---@field language? string|StringPromise The language, as `de`; empty: not known.
---@field srt BlobInput|Blob|BlobPromise As SubRip.
---@field vtt BlobInput|Blob|BlobPromise As WebVTT.

---A film of one scene.
---@class Video
---@field attribution string Whom to name beside it.
---@field height integer Pixels.
---@field seconds number Length in seconds.
---@field sound boolean Has it sound?
---@field video Blob The file.
---@field width integer Pixels.

---@class VideoPromise
---@field get fun(self: VideoPromise): Video
---@field attribution StringPromise
---@field height NumberPromise
---@field seconds NumberPromise
---@field sound BooleanPromise
---@field video BlobPromise
---@field width NumberPromise

---A film of one scene.
---@class VideoInput
---@field attribution? string|StringPromise Whom to name beside it.
---@field height integer|NumberPromise Pixels.
---@field seconds number|NumberPromise Length in seconds.
---@field sound boolean|BooleanPromise Has it sound?
---@field video BlobInput|Blob|BlobPromise The file.
---@field width integer|NumberPromise Pixels.

---What a picture track is.
---@class VideoFacts
---@field codec string `h264`, `hevc` …
---@field height integer Pixels, as stored.
---@field pixel_format string `yuv420p` …
---@field rate string Frames a second, as `30/1`.
---@field seconds number Length in seconds.
---@field width integer Pixels, as stored.

---@class VideoFactsPromise
---@field get fun(self: VideoFactsPromise): VideoFacts
---@field codec StringPromise
---@field height NumberPromise
---@field pixel_format StringPromise
---@field rate StringPromise
---@field seconds NumberPromise
---@field width NumberPromise

---What a picture track is.
---@class VideoFactsInput
---@field codec? string|StringPromise `h264`, `hevc` …
---@field height? integer|NumberPromise Pixels, as stored.
---@field pixel_format? string|StringPromise `yuv420p` …
---@field rate? string|StringPromise Frames a second, as `30/1`.
---@field seconds? number|NumberPromise Length in seconds.
---@field width? integer|NumberPromise Pixels, as stored.

---A sound whose waveform is drawn: bars that are holes in a plain ground, so that what lies below is seen through them.
---@class Waveform
---@field audio Blob The file.
---@field from number Where in the file it starts, in seconds.
---@field ground string The colour around the bars.
---@field height integer Pixels down, 32 to 2160.
---@field seconds number How much of it is drawn, in seconds, up to four hours.
---@field width integer Pixels across, 256 to 3840; the picture may be some pixels narrower, so that all bars are equal.

---@class WaveformPromise
---@field get fun(self: WaveformPromise): Waveform
---@field audio BlobPromise
---@field from NumberPromise
---@field ground StringPromise
---@field height NumberPromise
---@field seconds NumberPromise
---@field width NumberPromise

---A sound whose waveform is drawn: bars that are holes in a plain ground, so that what lies below is seen through them.
---@class WaveformInput
---@field audio BlobInput|Blob|BlobPromise The file.
---@field from? number|NumberPromise Where in the file it starts, in seconds.
---@field ground string|StringPromise The colour around the bars.
---@field height integer|NumberPromise Pixels down, 32 to 2160.
---@field seconds number|NumberPromise How much of it is drawn, in seconds, up to four hours.
---@field width integer|NumberPromise Pixels across, 256 to 3840; the picture may be some pixels narrower, so that all bars are equal.

---A word and when it is said.
---@class Word
---@field ["end"] number Seconds from the start of the sound; not before `start`.
---@field speaker string Who says it, where several speak.
---@field start number Seconds from the start of the sound.
---@field text string As written, with the punctuation that clings to it.

---@class WordPromise
---@field get fun(self: WordPromise): Word
---@field ["end"] NumberPromise
---@field speaker StringPromise
---@field start NumberPromise
---@field text StringPromise

---A word and when it is said.
---@class WordInput
---@field ["end"] number|NumberPromise Seconds from the start of the sound; not before `start`.
---@field speaker? string|StringPromise Who says it, where several speak.
---@field start number|NumberPromise Seconds from the start of the sound.
---@field text string|StringPromise As written, with the punctuation that clings to it.

---@class ChapterListPromise
---@field get fun(self: ChapterListPromise): Chapter[]
---@field [integer] ChapterPromise

---@class CheckListPromise
---@field get fun(self: CheckListPromise): Check[]
---@field [integer] CheckPromise

---@class CropKeyListPromise
---@field get fun(self: CropKeyListPromise): CropKey[]
---@field [integer] CropKeyPromise

---@class CropListPromise
---@field get fun(self: CropListPromise): Crop[]
---@field [integer] CropPromise

---@class FilmFiguresListPromise
---@field get fun(self: FilmFiguresListPromise): FilmFigures[]
---@field [integer] FilmFiguresPromise

---@class FilmPieceListPromise
---@field get fun(self: FilmPieceListPromise): FilmPiece[]
---@field [integer] FilmPiecePromise

---@class HitListPromise
---@field get fun(self: HitListPromise): Hit[]
---@field [integer] HitPromise

---@class MarkerListPromise
---@field get fun(self: MarkerListPromise): Marker[]
---@field [integer] MarkerPromise

---@class MomentListPromise
---@field get fun(self: MomentListPromise): Moment[]
---@field [integer] MomentPromise

---@class NumberListPromise
---@field get fun(self: NumberListPromise): number[]
---@field [integer] NumberPromise

---@class OpacityKeyListPromise
---@field get fun(self: OpacityKeyListPromise): OpacityKey[]
---@field [integer] OpacityKeyPromise

---@class SceneDraftListPromise
---@field get fun(self: SceneDraftListPromise): SceneDraft[]
---@field [integer] SceneDraftPromise

---@class SceneOverlayListPromise
---@field get fun(self: SceneOverlayListPromise): SceneOverlay[]
---@field [integer] SceneOverlayPromise

---@class SoundPieceListPromise
---@field get fun(self: SoundPieceListPromise): SoundPiece[]
---@field [integer] SoundPiecePromise

---@class SpanListPromise
---@field get fun(self: SpanListPromise): Span[]
---@field [integer] SpanPromise

---@class StringListPromise
---@field get fun(self: StringListPromise): string[]
---@field [integer] StringPromise

---@class TrackListPromise
---@field get fun(self: TrackListPromise): Track[]
---@field [integer] TrackPromise

---@class WordListPromise
---@field get fun(self: WordListPromise): Word[]
---@field [integer] WordPromise

---Asks for text, for JSON of a given schema, or for a task that the plugin knows.
---@class LlmRequest
---@field images? BlobInput[]|Blob[]|BlobListPromise Pictures to look at.
---@field max_tokens? integer|NumberPromise Most tokens to write.
---@field messages? MessageInput[]|Message[]|MessageListPromise Earlier messages, oldest first.
---@field model? string|StringPromise The model; none: the provider's default.
---@field schema? any JSON Schema of the answer; it then comes in `data`.
---@field system? string|StringPromise Instructions that stand above the material.
---@field task? "text"|"storyboard"|StringPromise What is to come out: plain text, or a storyboard in `title` and `scenes`.
---@field temperature? number|NumberPromise 0–2; none: the provider's default.
---@field text? string|StringPromise The material: the user's message, or the text that a task works on.
---@field provider? string|string[]
---@field id? string|integer
---@field label? string

---Asks for a text to be spoken.
---@class SpeechRequest
---@field exact_times? boolean|BooleanPromise Measure when each word is heard, also where that costs another call; else the times may be estimated.
---@field language? string|StringPromise BCP 47: `en`, `de-AT`; none: the voice's own.
---@field model? string|StringPromise The model; none: the provider's default.
---@field pitch? number|NumberPromise Semitones up or down, −12–12.
---@field speed? number|NumberPromise Speaking rate; 1 is the voice's own, 0.25–4.
---@field style? string|StringPromise How to say it, where the model takes directions.
---@field text string|StringPromise What is said.
---@field voice? string|StringPromise The provider's name of a voice; none: its default for the language.
---@field provider? string|string[]
---@field id? string|integer
---@field label? string

---Asks what is said in a recording.
---@class AsrRequest
---@field known_text? string|StringPromise The text that is said, where it is known: only its times are wanted.
---@field language? string|StringPromise BCP 47; none: to be found out.
---@field media BlobInput|Blob|BlobPromise Sound, or a video with sound.
---@field model? string|StringPromise The model; none: the provider's default.
---@field speakers? boolean|BooleanPromise Tell speakers apart.
---@field vocabulary? string[] Names and terms to expect.
---@field provider? string|string[]
---@field id? string|integer
---@field label? string

---Asks for a picture: of a prompt (models), of words (cards), or of a sound (`ffmpeg`).
---@class ImageRequest
---@field aspect? "16:9"|"9:16"|"1:1"|"4:5"|StringPromise The shape.
---@field avoid? string|StringPromise What not to see.
---@field look? CardLookInput|CardLook|CardLookPromise Colours and fonts of a card in the place of its palette's.
---@field model? string|StringPromise The model; none: the provider's default.
---@field prompt? string|StringPromise What to see.
---@field references? BlobInput[]|Blob[]|BlobListPromise Pictures to start from or to composite.
---@field seed? integer|NumberPromise Seed of a model; none: from the node.
---@field short_side? integer|NumberPromise Pixels of the shorter side; none: the provider's default (cards: 1080).
---@field steps? integer|NumberPromise Steps of a diffusion model; none: its default.
---@field style? string|StringPromise The name of a palette or style that the provider knows.
---@field text? CardTextInput|CardText|CardTextPromise Words to set on a card.
---@field waveform? WaveformInput|Waveform|WaveformPromise A sound to draw the waveform of.
---@field provider? string|string[]
---@field id? string|integer
---@field label? string

---Asks a model for a film.
---@class VideoRequest
---@field aspect? "16:9"|"9:16"|"1:1"|"4:5"|StringPromise The shape.
---@field avoid? string|StringPromise What not to see.
---@field first_frame? BlobInput|Blob|BlobPromise The first frame.
---@field last_frame? BlobInput|Blob|BlobPromise The last frame.
---@field model? string|StringPromise The model; none: the provider's default.
---@field prompt? string|StringPromise What happens.
---@field references? BlobInput[]|Blob[]|BlobListPromise Pictures of what is to appear.
---@field seconds? number|NumberPromise Wished length in seconds; none: the model's default.
---@field seed? integer|NumberPromise Seed of a model; none: from the node.
---@field short_side? integer|NumberPromise Pixels of the shorter side; none: the provider's default.
---@field sound? boolean|BooleanPromise Make sound too, where the model can.
---@field provider? string|string[]
---@field id? string|integer
---@field label? string

---Asks for music.
---@class MusicRequest
---@field bpm? number|NumberPromise Beats a minute; none: as it comes.
---@field model? string|StringPromise The model; none: the provider's default.
---@field prompt string|StringPromise Mood, instruments, tempo.
---@field seconds number|NumberPromise Wished length in seconds.
---@field seed? integer|NumberPromise Seed of a model; none: from the node.
---@field vocals? boolean|BooleanPromise With singing.
---@field provider? string|string[]
---@field id? string|integer
---@field label? string

---Asks a library for media.
---@class SearchRequest
---@field aspect? "16:9"|"9:16"|"1:1"|"4:5"|StringPromise The wished shape; none: any.
---@field exclude? string[] Addresses of hits that are not wanted again.
---@field fetch? boolean|BooleanPromise Download the best hit as well.
---@field kind? "image"|"video"|"audio"|StringPromise What is looked for.
---@field limit? integer|NumberPromise Most hits.
---@field query? string|StringPromise A few words.
---@field provider? string|string[]
---@field id? string|integer
---@field label? string

---Asks for a program (a Manim scene) to be run and filmed.
---@class AnimateRequest
---@field aspect? "16:9"|"9:16"|"1:1"|"4:5"|StringPromise The shape.
---@field assets? table<string, Blob> Files that the program may read, by name.
---@field code? string|StringPromise The program text.
---@field fps? integer|NumberPromise Frames a second; none: 30.
---@field scene? string|StringPromise Which scene of it; empty: the only one.
---@field short_side? integer|NumberPromise Pixels of the shorter side; none: 1080.
---@field provider? string|string[]
---@field id? string|integer
---@field label? string

---Asks which parts of a recording stand on their own.
---@class RankRequest
---@field exclude? SpanInput[]|Span[]|SpanListPromise Moments that were shown already.
---@field limit? integer|NumberPromise Most moments; none: 12.
---@field max_seconds? number|NumberPromise Longest moment in seconds; none: 60.
---@field media? BlobInput|Blob|BlobPromise The recording, for its energy and its pictures.
---@field min_seconds? number|NumberPromise Shortest moment in seconds; none: 15.
---@field transcript? TranscriptInput|Transcript|TranscriptPromise What is said in it.
---@field provider? string|string[]
---@field id? string|integer
---@field label? string

---Asks where to crop a video for another shape.
---@class ReframeRequest
---@field aspect? "16:9"|"9:16"|"1:1"|"4:5"|StringPromise The shape wanted.
---@field media? BlobInput|Blob|BlobPromise The video.
---@field span? SpanInput|Span|SpanPromise The part of it; none: all.
---@field provider? string|string[]
---@field id? string|integer
---@field label? string

---Asks for a film.
---@class RenderRequest
---@field author? string|StringPromise Who made it, in its metadata.
---@field caption_style? string|StringPromise|CaptionStyleInput|CaptionStyle|CaptionStylePromise How captions look: a style, or the name of one; none: as they always did.
---@field captions? "burnt"|"files"|"soft"|"burnt_soft"|"off"|StringPromise What becomes of captions.
---@field codec? "h264"|"hevc"|"av1"|"vp9"|"prores"|StringPromise The codec of its pictures; none: the preset's own.
---@field contact_sheet? boolean|BooleanPromise A sheet of frames from all over the film as well.
---@field cover? BlobInput|Blob|BlobPromise A picture that stands for the film, instead of one of its frames.
---@field date? string|StringPromise When it came out, in its metadata: `2026`, `2026-05-01`; none: the file has no date.
---@field description? string|StringPromise What the film is about, in its metadata.
---@field hardware? boolean|BooleanPromise Encode pictures with this box's hardware if it can; the same film then differs from box to box.
---@field language? string|StringPromise The language that is spoken and of captions, BCP 47 (`en`, `pt-BR`), for the tracks in the file; none: not known.
---@field loudness? string|StringPromise|LoudnessNumbersInput|LoudnessNumbers|LoudnessNumbersPromise How loud it is to be: `web` (−14 LUFS), `podcast` (−16), `broadcast` (−23, EBU R 128), `atsc` (−24), or numbers of its own; none: as the preset's films are.
---@field moment? FilmMomentInput|FilmMoment|FilmMomentPromise Only the frame of a moment is wanted: it is the response's `poster`, and there is no film.
---@field music? MusicBedInput|MusicBed|MusicBedPromise Music under all of it.
---@field overlays? SceneOverlayInput[]|SceneOverlay[]|SceneOverlayListPromise What lies over all of it, also over its transitions, the later ones over the earlier: a logo, a watermark.
---@field piece? any A piece of a film that a renderer asks of itself; opaque to all others.
---@field poster? "first"|"best"|StringPromise What stands for the film.
---@field preset? string|StringPromise Size, rate and encoding by name: `youtube-1080p`, `shorts-1080p`, `square-1080p`, `feed-1080p`, `draft-480p`; sound alone: `podcast`, `podcast-mp3`; moving pictures without sound: `preview-gif`, `preview-webp`.
---@field timeline? SceneClipInput[]|SceneClip[]|SceneClipListPromise|TimelineInput|Timeline|TimelinePromise What is to be seen and heard.
---@field title? string|StringPromise The film's title, in its metadata.
---@field translation_language? string|StringPromise The same of their translation.
---@field provider? string|string[]
---@field id? string|integer
---@field label? string

---Asks whether a film is as it should be.
---@class VerifyRequest
---@field expected? ExpectedInput|Expected|ExpectedPromise What it is to be, where film and timeline do not say so.
---@field film? FilmInput|Film|FilmPromise The film as `render` gives it; of any other file its `video`, and `srt` or `vtt` where it has captions.
---@field platform? "youtube"|"shorts"|"reels"|"tiktok"|"square"|"feed"|StringPromise Where it is to be shown; none: where films of its shape are.
---@field stop? boolean|BooleanPromise Fail where a check fails, so that nothing is done with the film.
---@field timeline? SceneClipInput[]|SceneClip[]|SceneClipListPromise|TimelineInput|Timeline|TimelinePromise What it was rendered from: says what is said when, and what moves.
---@field provider? string|string[]
---@field id? string|integer
---@field label? string

---Asks for a film to be published.
---@class PublishRequest
---@field at? string|StringPromise When it becomes public, RFC 3339; none: at once.
---@field description? string|StringPromise What it is about.
---@field language? string|StringPromise BCP 47.
---@field place? string|StringPromise Where: a channel, a playlist, or a folder below the project's export folder.
---@field tags? string[] Keywords.
---@field thumbnail? BlobInput|Blob|BlobPromise A picture to stand for it; none: the film's poster.
---@field title? string|StringPromise Its title.
---@field video? FilmInput|Film|FilmPromise The film with its captions.
---@field visibility? "private"|"unlisted"|"public"|StringPromise Who may see it.
---@field provider? string|string[]
---@field id? string|integer
---@field label? string
---@field to? string|string[]

---Asks a service for the figures of published films.
---@class AnalyticsRequest
---@field from? string|StringPromise First day, `2026-11-01`.
---@field ids? string[] The service's ids of the films.
---@field retention? boolean|BooleanPromise Ask for the retention curves too.
---@field to? string|StringPromise Last day, `2026-11-30`.
---@field provider? string|string[]
---@field id? string|integer
---@field label? string

---@type table|nil
project = nil

---Text from text: an answer, JSON of a schema, or with `task = "storyboard"` a title and scenes.
---@param request LlmRequest
---@return LlmResponsePromise
function llm(request) end

---Speech from text, with the time of every word.
---@param request SpeechRequest
---@return SpeechPromise
function tts(request) end

---Text and word times from speech.
---@param request AsrRequest
---@return TranscriptPromise
function asr(request) end

---A picture: of a prompt, or of words on a card.
---@param request ImageRequest
---@return ImagePromise
function image(request) end

---A moving picture from text or pictures.
---@param request VideoRequest
---@return VideoPromise
function video(request) end

---Music from text.
---@param request MusicRequest
---@return MusicPromise
function music(request) end

---Existing pictures, films and sounds from a query.
---@param request SearchRequest
---@return SearchResultPromise
function search(request) end

---A moving picture from code (Manim).
---@param request AnimateRequest
---@return AnimationPromise
function animate(request) end

---The moments worth showing in a long video.
---@param request RankRequest
---@return RankingPromise
function rank(request) end

---A crop that follows what matters.
---@param request ReframeRequest
---@return ReframingPromise
function reframe(request) end

---A film from clips, or from a timeline in full.
---@param request RenderRequest
---@return FilmPromise
function render(request) end

---What is wrong with a film: streams, length, loudness, black, silence, captions. With `stop` it fails where a check does; its `film` is the film, to be handed on.
---@param request VerifyRequest
---@return ReportPromise
function verify(request) end

---A film to where people see it; `to` names the provider.
---@param request PublishRequest
---@return PublicationPromise
function publish(request) end

---How published films do.
---@param request AnalyticsRequest
---@return AnalyticsPromise
function analytics(request) end

---Runs a function over a list, each item a coroutine of its own, so that a `:get()` in one does not hold up the others; gives the results in the list's order. What an item asks for stands in the scope of `item.id` (else of its position): results are found again by it. Two items cannot share an id. When an item fails, `map` raises its error; with `on_error = "collect"` it gives the results that there are, and a list of `{ index, id, error }`. `limit` is the most items at once.
---@generic T
---@generic R
---@param list T[]|table a list, or a promise of one, which is waited for
---@param body fun(item: T, index: integer): R run once an item
---@param options MapOptions? `limit`, `on_error`
---@return R[], MapFailure[]?
function map(list, body, options) end

---Runs a function in a scope of its own, as `map` does for each item: for an opening or a closing scene.
---@generic R
---@param id string the scope's name
---@param body fun(): R what is done in it
---@return R
function scene(id, body) end

---Puts a result before a person: the promise that comes back is known when it was approved, edited by hand, or made again until it was good (`studio review`). A run without people (`--yes`) takes it as it is.
---@generic T
---@param handle T what a stage gives
---@param options ReviewOptions? `when`: false opens the gate
---@return T
function review(handle, options) end

---One scene of a timeline. Its `id` is the scope's name unless given. It is as long as its narration, or as `seconds` says. `motion` moves its picture, `overlays` lie over it.
---@param scene SceneClipInput its picture, speech, captions and transition
---@return SceneClipInput
function clip(scene) end

---Says something in the run's log; `print` does too.
---@param text any what is said
---@param level "debug"|"info"|"warn"|"error"|nil how loudly; `info` unless given
---@return nil
function log(text, level) end

---Goes through a table in the order of its keys. The order of `pairs` is not promised.
---@generic K
---@generic V
---@param t table<K, V> a table with texts or numbers as keys
---@return fun(): K?, V
function sorted(t) end

---What a module returns; it runs once. `require("lib.presets")` is `lib/presets.lua` below the scripts folder.
---@param module string folders and file below the scripts folder, joined by dots
---@return any
function require(module) end

studio = {}

---Declares a pipeline; a script ends with `return studio.pipeline { … }`. `run` gets the parameters and returns what the run gives.
---@param declaration PipelineDeclaration `title`, `params` made by `param.*`, and `run`; `help` says in a line what it makes, `template = true` offers it for new projects
---@return Pipeline
function studio.pipeline(declaration) end

---Runs a function beside the script, in a scope of its own; the task's `:get()` gives what it returned. The run ends when its tasks have, and fails with the first that failed and was never asked for.
---@generic R
---@param body fun(): R what is done
---@param options AsyncOptions? `id`, the scope's name
---@return Task<R>
function studio.async(body, options) end

---When the run began, in seconds since 1970; the same when it is resumed.
---@return number
function studio.now() end

---The brand that the project uses, at the version that it uses; nil: it uses none. What of it is handed to a stage is part of that request, so that another version makes anew what it changes and nothing else. `require("lib.brand")` lays all of it over cards and films.
---@return Brand?
function studio.brand() end

param = {}

---A text.
---@param options? ParamOptions
---@return Param
function param.text(options) end

---A number.
---@param options? ParamOptions
---@return Param
function param.number(options) end

---A whole number.
---@param options? ParamOptions
---@return Param
function param.integer(options) end

---True or false.
---@param options? ParamOptions
---@return Param
function param.bool(options) end

---One of the words listed; the first is the default.
---@param options? ParamOptions
---@return Param
function param.choice(options) end

---The path of a file; the script gets a blob to hand on.
---@param options? ParamOptions
---@return Param
function param.file(options) end

---Paths of files, on the command line separated by commas; the script gets a list of blobs.
---@param options? ParamOptions
---@return Param
function param.files(options) end

---A list of texts; on the command line separated by commas.
---@param options? ParamOptions
---@return Param
function param.list(options) end

---A voice of the speech provider; `espeak-ng --voices` lists those of espeak-ng.
---@param options? ParamOptions
---@return Param
function param.voice(options) end

---JSON's null, in lists.
---@type userdata
studio.null = nil
