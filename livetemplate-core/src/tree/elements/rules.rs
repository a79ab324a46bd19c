//! What parsers do with elements, by their names.

/// What a block may hold, and where it may stand, as sets of bits.
pub(super) type Set = u32;

// What may be anywhere in it.
pub(super) const CLOSES_P: Set = 1;
pub(super) const HAS_A: Set = 1 << 1;
pub(super) const HAS_BUTTON: Set = 1 << 2;
pub(super) const HAS_FORM: Set = 1 << 3;
pub(super) const HAS_NOBR: Set = 1 << 4;
pub(super) const HAS_HEADING: Set = 1 << 5;
/// An end tag without its start tag, or a formatting element without its end tag.
pub(super) const BROKEN: Set = 1 << 6;
// What may be in it outside of lists.
pub(super) const LOOSE_LI: Set = 1 << 7;
pub(super) const LOOSE_DD: Set = 1 << 8;
pub(super) const LOOSE_OPTION: Set = 1 << 9;
pub(super) const LOOSE: Set = LOOSE_LI | LOOSE_DD | LOOSE_OPTION;
// What may be at its top.
pub(super) const TEXT: Set = 1 << 10;
pub(super) const ROW: Set = 1 << 11;
pub(super) const CELL: Set = 1 << 12;
/// Other parts of a table.
pub(super) const SECTION: Set = 1 << 13;
pub(super) const CHOICE: Set = 1 << 14;
pub(super) const OTHER: Set = 1 << 15;
/// What a parser puts in front of the table that it stands in.
pub(super) const FOSTERED: Set = 1 << 17;
/// A range, at any depth.
pub(super) const REPEATS: Set = 1 << 16;
/// Elements that are not ended where the block ends.
pub(super) const UNENDED: Set = 1 << 18;
pub(super) const TOPS: Set = TEXT | ROW | CELL | SECTION | CHOICE | OTHER;

// In what it may stand directly.
pub(super) const IN_TABLE: Set = 1;
pub(super) const IN_SECTION: Set = 1 << 1;
pub(super) const IN_ROW: Set = 1 << 2;
pub(super) const IN_COLGROUP: Set = 1 << 3;
pub(super) const IN_SELECT: Set = 1 << 4;
pub(super) const IN_OTHER: Set = 1 << 5;
/// In what drops a line break at its start.
pub(super) const IN_PRE: Set = 1 << 13;
pub(super) const DIRECTLY: Set = ((1 << 6) - 1) | IN_PRE;
// In what it may stand at any depth.
pub(super) const INSIDE_P: Set = 1 << 6;
pub(super) const INSIDE_A: Set = 1 << 7;
pub(super) const INSIDE_BUTTON: Set = 1 << 8;
pub(super) const INSIDE_FORM: Set = 1 << 9;
pub(super) const INSIDE_NOBR: Set = 1 << 10;
pub(super) const INSIDE_HEADING: Set = 1 << 11;
/// In `svg`, `math` or what is no part of the document.
pub(super) const INSIDE_OPAQUE: Set = 1 << 12;

/// Which element may not be around what.
pub(super) const APART: &[(Set, Set)] = &[
    (INSIDE_P, CLOSES_P),
    (INSIDE_A, HAS_A),
    (INSIDE_BUTTON, HAS_BUTTON),
    (INSIDE_FORM, HAS_FORM),
    (INSIDE_NOBR, HAS_NOBR),
    (INSIDE_HEADING, HAS_HEADING),
];

pub(super) const FORMATTING: &[&str] =
    &["a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u"];

/// Elements that SVG closes with `/>`; any other name with it is taken for HTML, which ignores the slash.
pub(super) const SVG: &[&str] = &[
    "animate",
    "animatemotion",
    "animatetransform",
    "circle",
    "clippath",
    "defs",
    "ellipse",
    "fedropshadow",
    "fegaussianblur",
    "filter",
    "g",
    "image",
    "line",
    "lineargradient",
    "marker",
    "mask",
    "path",
    "pattern",
    "polygon",
    "polyline",
    "radialgradient",
    "rect",
    "set",
    "stop",
    "symbol",
    "text",
    "tspan",
    "use",
    "view",
];

pub(super) fn holds(name: &str) -> Set {
    match name {
        "a" => HAS_A,
        "button" => HAS_BUTTON,
        "form" => HAS_FORM | CLOSES_P,
        "nobr" => HAS_NOBR,
        "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => HAS_HEADING | CLOSES_P,
        "plaintext" | "frameset" | "html" | "head" | "body" => BROKEN,
        "li" => LOOSE_LI | CLOSES_P,
        "dd" | "dt" => LOOSE_DD | CLOSES_P,
        "option" | "optgroup" => LOOSE_OPTION,
        "address" | "article" | "aside" | "blockquote" | "center" | "details" | "dialog" | "dir" | "div"
        | "dl" | "fieldset" | "figcaption" | "figure" | "footer" | "header" | "hgroup" | "hr" | "listing"
        | "main" | "menu" | "nav" | "ol" | "p" | "pre" | "search" | "section" | "summary" | "table"
        | "ul" | "xmp" => CLOSES_P,
        _ => 0,
    }
}

pub(super) fn top(name: &str) -> Set {
    match name {
        "tr" => ROW,
        "td" | "th" => CELL,
        "caption" | "colgroup" | "col" | "tbody" | "thead" | "tfoot" => SECTION,
        "option" | "optgroup" | "hr" => CHOICE,
        "script" | "style" | "template" => 0,
        _ => OTHER,
    }
}

/// How an element's children see it.
pub(super) fn inside(name: &str) -> Set {
    let directly = match name {
        "table" => IN_TABLE,
        "tbody" | "thead" | "tfoot" => IN_SECTION,
        "tr" => IN_ROW,
        "colgroup" => IN_COLGROUP,
        "select" | "optgroup" => IN_SELECT,
        "pre" | "listing" => IN_PRE,
        _ => IN_OTHER,
    };
    directly
        | match name {
            "p" => INSIDE_P,
            "a" => INSIDE_A,
            "button" => INSIDE_BUTTON,
            "form" => INSIDE_FORM,
            "nobr" => INSIDE_NOBR,
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => INSIDE_HEADING,
            // (A script of a type that is not known has tags as Go reads it, but no elements.)
            "svg" | "math" | "template" | "noscript" | "iframe" | "noembed" | "noframes" | "xmp"
            | "object" | "script" => INSIDE_OPAQUE,
            _ => 0,
        }
}

/// Where an element may stand.
pub(super) fn may_stand_in(name: &str) -> Set {
    match name {
        "caption" | "colgroup" | "tbody" | "thead" | "tfoot" => IN_TABLE,
        "col" => IN_COLGROUP,
        "tr" => IN_SECTION | IN_TABLE,
        "td" | "th" => IN_ROW,
        "option" | "optgroup" | "hr" => IN_SELECT | IN_OTHER | IN_PRE,
        "script" | "style" | "template" => DIRECTLY,
        _ => IN_OTHER | IN_PRE,
    }
}

/// What may not be directly in an element.
pub(super) fn refuses(name: &str) -> Set {
    match name {
        "table" => TEXT | CHOICE | OTHER,
        "tbody" | "thead" | "tfoot" => TEXT | CHOICE | OTHER | SECTION,
        "tr" => TEXT | CHOICE | OTHER | SECTION | ROW,
        "colgroup" => TEXT | CHOICE | OTHER | ROW | CELL,
        "select" | "optgroup" => OTHER,
        "li" => LOOSE_LI,
        "dd" | "dt" => LOOSE_DD,
        "option" => LOOSE_OPTION | OTHER,
        _ => 0,
    }
}

/// What an element with this directly in it has a parser put elsewhere.
pub(super) fn fosters(name: &str, direct: Set) -> Set {
    let is_part = matches!(name, "table" | "tbody" | "thead" | "tfoot" | "tr");
    if is_part && direct & (TEXT | CHOICE | OTHER) != 0 { FOSTERED } else { 0 }
}

/// What of all that stands in an element concerns what is around it: lists end the reach of `li` and its like, a table that of what is
/// put in front of it.
pub(super) fn passes(name: &str) -> Set {
    match name {
        "table" => !(LOOSE | FOSTERED),
        "ul" | "ol" | "menu" | "dl" | "select" | "datalist" => !LOOSE,
        _ => Set::MAX,
    }
}

/// Whether what stands in it is parsed as anywhere else: its text is HTML text from its first character on, and elements in it stand
/// in it directly.
pub(super) fn has_plain_content(name: &str) -> bool {
    !matches!(
        name,
        "iframe"
            | "listing"
            | "math"
            | "noembed"
            | "noframes"
            | "noscript"
            | "plaintext"
            | "pre"
            | "script"
            | "select"
            | "style"
            | "svg"
            | "table"
            | "template"
            | "textarea"
            | "title"
            | "xmp"
    )
}

/// Whether the end tag also ends what is still open inside. That of other elements is ignored while a block is open inside them.
pub(super) fn ends_all_inside(name: &str) -> bool {
    let is_part = matches!(
        name,
        "tr" | "td" | "th" | "tbody" | "thead" | "tfoot" | "caption" | "button" | "select" | "template"
    );
    is_part || name != "form" && holds(name) & CLOSES_P != 0
}
