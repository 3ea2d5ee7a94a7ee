//! The decoder's other mode: instead of reading a file, its calls tell what they would take.
//!
//! Owns the description of a table. It is made by the calls that read, so that it can not differ from them: a key that
//! the decoder reads is in it, of the type that the decoder reads it as. Where what is read depends on a value (the verb
//! of a step, the kind of a control), the walk is repeated for every value. Must not know what is made of a description.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;

use toml::de::DeTable;

use super::reader::Reader;
use super::table::Table;
use crate::diag::Severity;
use crate::model::catalog::Holds;
use crate::model::word::Word;
use crate::text::source::Source;

/// A word of a closed set, with what it means.
pub(in crate::model) type Meaning = (&'static str, &'static str);

/// What may stand under a key.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::model) enum Shape {
    /// A text that is not empty.
    Text,
    /// An id.
    Id,
    /// A duration.
    Duration,
    /// A time of a scenario: `t+4m`.
    Since,
    /// A number.
    Number,
    /// A whole number, zero or more.
    Count,
    /// Exactly this number.
    Exactly(u64),
    /// How many people.
    People,
    /// true or false.
    Flag,
    /// A date.
    Date,
    /// A date, or a time with its zone.
    Moment,
    /// One value: a text, a number, true or false.
    Scalar,
    /// Anything that JSON has a place for.
    Any,
    /// What a provider's key holds, with its one phrase.
    Held(Holds, &'static str),
    /// One of a closed set.
    Word(Vec<Meaning>),
    /// A list of texts, and whether it may be empty.
    Texts(bool),
    /// A list of words of a closed set.
    Words(Vec<Meaning>),
    /// A table.
    Table(Node),
    /// A list of tables.
    Tables(Node),
    /// A list of texts and tables.
    TextsAndTables(Node),
}

/// A table: what it takes.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::model) struct Node {
    /// The keys it reads by name, in the order in which they are read.
    pub keys: Vec<(&'static str, Shape)>,
    /// Those that must be there.
    pub required: Vec<&'static str>,
    /// Of each of these lists, at least one.
    pub any: Vec<Vec<&'static str>>,
    /// What stands under every other key; none where there is no other.
    pub rest: Option<(Names, Box<Shape>)>,
    /// Where it depends on something: on what, and the whole table for each. Then nothing else stands in this node.
    pub variants: Option<(On, Vec<(&'static str, Node)>)>,
    choices: Vec<(On, &'static str)>,
}

/// Which names the other keys of a table may have.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::model) enum Names {
    /// Any.
    Any,
    /// A name that people choose.
    Plain,
    /// A word of a closed set.
    Word(Vec<Meaning>),
}

/// What a table's form depends on.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::model) enum On {
    /// The value of a key.
    Value(&'static str),
    /// Which one of some keys is there.
    Key,
}

/// What the calls on a table tell while it is described.
pub(super) struct Sketch {
    /// The key of the file below which this table stands.
    top: Option<&'static str>,
    pen: Rc<Pen>,
    node: RefCell<Node>,
    children: RefCell<Vec<(Place, Rc<Self>)>>,
}

enum Place {
    Table(&'static str),
    Tables(&'static str),
    TextsAndTables(&'static str),
    Rest(Names),
}

/// Which way the walk takes where there are several. One key of the file is walked in every way; the others in the first.
struct Pen {
    focus: Option<&'static str>,
    script: RefCell<Vec<(usize, usize)>>,
    at: Cell<usize>,
}

impl Sketch {
    fn new(top: Option<&'static str>, pen: &Rc<Pen>) -> Rc<Self> {
        Rc::new(Self { top, pen: Rc::clone(pen), node: RefCell::default(), children: RefCell::default() })
    }

    /// A key and what it takes, in the place of what was told before.
    pub(super) fn note(&self, key: &'static str, shape: Shape) {
        let mut node = self.node.borrow_mut();
        match node.keys.iter_mut().find(|(k, _)| *k == key) {
            Some((_, known)) => *known = shape,
            None => node.keys.push((key, shape)),
        }
    }

    /// A key that must be there.
    pub(super) fn require(&self, key: &'static str) {
        self.node.borrow_mut().required.push(key);
    }

    /// Keys of which one must be there.
    pub(super) fn require_any(&self, keys: &[&'static str]) {
        self.node.borrow_mut().any.push(keys.to_vec());
    }

    /// What stands under every other key.
    pub(super) fn rest(&self, names: Names, shape: Shape) {
        self.node.borrow_mut().rest = Some((names, Box::new(shape)));
    }

    /// The table under a key.
    pub(super) fn table(&self, key: &'static str) -> Rc<Self> {
        self.child(Place::Table(key), key)
    }

    /// The tables of a list.
    pub(super) fn tables(&self, key: &'static str) -> Rc<Self> {
        self.child(Place::Tables(key), key)
    }

    /// The texts and tables of a list.
    pub(super) fn texts_and_tables(&self, key: &'static str) -> Rc<Self> {
        self.child(Place::TextsAndTables(key), key)
    }

    /// The tables under every other key.
    pub(super) fn named(&self, names: Names) -> Rc<Self> {
        self.child(Place::Rest(names), "")
    }

    fn child(&self, place: Place, key: &'static str) -> Rc<Self> {
        let child = Self::new(self.top.or(Some(key)), &self.pen);
        self.children.borrow_mut().push((place, Rc::clone(&child)));
        child
    }

    /// Which of some ways to go.
    pub(super) fn choose(&self, on: On, ways: &[&'static str]) -> usize {
        let way = if self.top == self.pen.focus {
            let mut script = self.pen.script.borrow_mut();
            let at = self.pen.at.replace(self.pen.at.get() + 1);
            if at == script.len() {
                script.push((0, ways.len()));
            }
            script.get(at).map_or(0, |(way, _)| *way)
        } else {
            0
        };
        if let Some(word) = ways.get(way) {
            self.node.borrow_mut().choices.push((on, word));
        }
        way
    }

    fn finish(&self) -> Node {
        let mut node = self.node.take();
        for (place, child) in self.children.take() {
            let child = child.finish();
            match place {
                Place::Table(key) => node.keys.push((key, Shape::Table(child))),
                Place::Tables(key) => node.keys.push((key, Shape::Tables(child))),
                Place::TextsAndTables(key) => node.keys.push((key, Shape::TextsAndTables(child))),
                Place::Rest(names) => node.rest = Some((names, Box::new(Shape::Table(child)))),
            }
        }
        node
    }
}

impl Pen {
    /// Turns to the next way; false when all were gone.
    fn next(&self) -> bool {
        self.at.set(0);
        let mut script = self.script.borrow_mut();
        while let Some((way, ways)) = script.pop() {
            if way + 1 < ways {
                script.push((way + 1, ways));
                return true;
            }
        }
        false
    }
}

/// Every word of a set.
pub(super) fn meanings<W: Word>() -> Vec<Meaning> {
    W::ALL.iter().map(|w| (w.word(), w.about())).collect()
}

/// What a file takes, told by the function that reads its root.
pub(super) fn describe(read: impl Fn(&Table<'_, '_>)) -> Node {
    let mut whole = walk(None, &read).into_iter().next().unwrap_or_default();
    for (key, shape) in &mut whole.keys {
        if matches!(shape, Shape::Table(_) | Shape::Tables(_)) {
            let ways = walk(Some(key), &read);
            let shapes = ways.into_iter().filter_map(|w| w.keys.into_iter().find(|(k, _)| k == key)).map(|(_, s)| s);
            *shape = join_shapes(shapes.collect());
        }
    }
    whole
}

/// The file as described in every way below one key. A way on which the decoder reports an error is none.
fn walk(focus: Option<&'static str>, read: &impl Fn(&Table<'_, '_>)) -> Vec<Node> {
    let source: Arc<Source> = Source::new("", String::new());
    let pen = Rc::new(Pen { focus, script: RefCell::default(), at: Cell::new(0) });
    let mut ways = Vec::new();
    loop {
        let reader = Reader::new(&source);
        let tree = DeTable::default();
        let sketch = Sketch::new(None, &pen);
        read(&Table::described(&reader, &tree, &sketch));
        if !reader.finish().iter().any(|p| p.severity == Severity::Error) {
            ways.push(sketch.finish());
        }
        if !pen.next() {
            return ways;
        }
    }
}

/// One table out of the ways in which it was described.
fn join(ways: Vec<Node>, depth: usize) -> Node {
    let Some(first) = ways.first() else { return Node::default() };
    let Some((on, _)) = first.choices.get(depth).cloned() else {
        let mut node = first.clone();
        node.choices.clear();
        for (n, (_, shape)) in node.keys.iter_mut().enumerate() {
            *shape = join_shapes(ways.iter().filter_map(|w| w.keys.get(n)).map(|(_, s)| s.clone()).collect());
        }
        if let Some((_, shape)) = &mut node.rest {
            let all = ways.iter().filter_map(|w| w.rest.as_ref()).map(|(_, s)| (**s).clone()).collect();
            **shape = join_shapes(all);
        }
        return node;
    };
    let mut groups: Vec<(&'static str, Vec<Node>)> = Vec::new();
    for way in ways {
        let Some((_, option)) = way.choices.get(depth) else { continue };
        match groups.iter_mut().find(|(o, _)| o == option) {
            Some((_, group)) => group.push(way),
            None => groups.push((option, vec![way])),
        }
    }
    let variants = groups.into_iter().map(|(option, group)| (option, join(group, depth + 1))).collect();
    Node { variants: Some((on, variants)), ..Node::default() }
}

fn join_shapes(shapes: Vec<Shape>) -> Shape {
    let mut tables = Vec::new();
    let mut list = false;
    for shape in shapes {
        match shape {
            Shape::Table(node) => tables.push(node),
            Shape::Tables(node) => {
                list = true;
                tables.push(node);
            }
            other => return other,
        }
    }
    let joined = join(tables, 0);
    if list { Shape::Tables(joined) } else { Shape::Table(joined) }
}
