//! An answer as a model writes it: words, and blocks between fences that are tagged `studio`, with what it proposes.
//! Pure, and of anything.

/// How a block begins.
const OPENS: &str = "```studio";
/// How a block ends.
const CLOSES: &str = "```";

/// An answer taken apart.
#[derive(Debug, Default, PartialEq)]
pub struct Parts {
    /// The words.
    pub text: String,
    /// What stands in its blocks.
    pub blocks: Vec<String>,
}

/// Takes a whole answer apart. A block that has no end goes to the end of the answer.
pub fn parts(answer: &str) -> Parts {
    let mut parts = Parts::default();
    let mut within = false;
    for line in answer.split_inclusive('\n') {
        if within && line.trim_start().starts_with(CLOSES) {
            within = false;
        } else if within {
            if let Some(block) = parts.blocks.last_mut() {
                block.push_str(line);
            }
        } else if opens(line) {
            within = true;
            // Some write on the line of the fence already.
            parts.blocks.push(line.trim_start().get(OPENS.len()..).unwrap_or_default().trim_start().to_owned());
        } else {
            parts.text.push_str(line);
        }
    }
    parts.text = parts.text.trim().to_owned();
    parts
}

/// What is to be seen of an answer that is still being written: up to where a block begins, or may be about to. What is
/// seen once stays at the beginning of what is seen later.
pub fn shown(so_far: &str) -> &str {
    let begin = so_far.len() - so_far.trim_start().len();
    let (mut at, mut end) = (0, so_far.len());
    for line in so_far.split_inclusive('\n') {
        let begun = line.trim_start();
        let may_open = !line.ends_with('\n') && !begun.is_empty() && OPENS.starts_with(begun);
        if opens(line) || may_open {
            end = at;
            break;
        }
        at += line.len();
    }
    so_far.get(begin..end).unwrap_or_default().trim_end()
}

fn opens(line: &str) -> bool {
    let rest = line.trim_start().strip_prefix(OPENS);
    rest.is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '-' || c == '_'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn words_and_blocks_are_told_apart() {
        let answer = "Blue it is.\n\n```lua\nx = 1\n```\n```studio\n{\"a\": 1}\n```\nAnything else?\n";
        let Parts { text, blocks } = parts(answer);
        assert_eq!(text, "Blue it is.\n\n```lua\nx = 1\n```\nAnything else?");
        assert_eq!(blocks, ["{\"a\": 1}\n"]);
        assert_eq!(parts("a\n  ```studio {\"b\":\n2}").blocks, ["{\"b\":\n2}"]);
        assert_eq!(parts("```studios\nx\n```").blocks, Vec::<String>::new());
        assert_eq!(parts("```studio"), Parts { text: String::new(), blocks: vec![String::new()] });
    }

    #[test]
    fn a_block_is_never_seen_while_it_comes() {
        let answer = "  Blue it is.\n\n```studio\n{\"a\": 1}\n```\n";
        for (end, _) in answer.char_indices() {
            let seen = shown(&answer[..end]);
            assert!("Blue it is.".starts_with(seen), "{seen:?}");
        }
        assert_eq!(shown("Use ``"), "Use ``");
        assert_eq!(shown("a\n``"), "a");
        assert_eq!(shown("a\n```lua\nb"), "a\n```lua\nb");
    }

    proptest! {
        #[test]
        fn what_was_seen_stays(answer in "([ab`\n ]|```studio|```){0,30}", end in 0_usize..200) {
            let end = answer.floor_char_boundary(end.min(answer.len()));
            let (first, then) = (shown(&answer[..end]), shown(&answer));
            prop_assert!(then.starts_with(first), "{:?} then {:?}", first, then);
        }

        #[test]
        fn anything_is_taken_apart(answer in "\\PC{0,200}") {
            let Parts { text, blocks } = parts(&answer);
            prop_assert!(text.len() + blocks.iter().map(String::len).sum::<usize>() <= answer.len());
        }
    }
}
