//! The person at the terminal: asks one question at a time and hands the answer on.
//!
//! Owns the words of the questions and what each key means. An empty line, the end of input and a deadline are never an
//! answer. Without a terminal it says at once that nobody is there. A question can be dropped at any moment: what was typed
//! of its answer stands there when it is asked again, and no key that was meant for it answers another.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use super::draft::{Comes, Draft, Of};
use super::editing::{Fed, Line};
use super::keyboard::{Keyboard, Typed};
use super::screen::{Screen, Tone};
use super::table;
use crate::plan::{CheckIx, Excluded, FactIx, FactKind, FactValue, Plan, RowIx, Step, StepIx, Votes};
use crate::port::{Answer, Clock, Fut, Operator, Question};
use crate::report::phrase;
use crate::run::event::Choice;
use crate::text::safe;
use crate::text::time::Instant;

/// The operator behind a terminal, if there is one.
#[derive(Clone)]
pub struct Terminal {
    screen: Screen,
    clock: Rc<dyn Clock>,
    person: Option<String>,
    draft: RefCell<Draft>,
    /// How the question came that nobody has typed an answer to since.
    comes: Cell<Comes>,
}

impl std::fmt::Debug for Terminal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Terminal").field("person", &self.person).finish_non_exhaustive()
    }
}

/// Why no answer came from a question.
enum Silence {
    /// The deadline passed or the terminal went away.
    Left,
}

type Asked<T> = Result<T, Silence>;

impl Terminal {
    /// On a screen; `person` is who sits there, as far as known.
    #[must_use]
    pub fn new(screen: Screen, clock: Rc<dyn Clock>, person: Option<String>) -> Self {
        Self { screen, clock, person, draft: RefCell::default(), comes: Cell::new(Comes::Fresh) }
    }

    /// Waits for what is typed, but not beyond the deadline. Deadlines for people run in real time.
    async fn until<T>(
        &self,
        deadline: Option<Instant>,
        typed: impl Future<Output = std::io::Result<Typed<T>>>,
    ) -> Asked<T> {
        let limit = async {
            match deadline {
                Some(d) => tokio::time::sleep(d.since(self.clock.now()).std()).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            typed = typed => match typed {
                Ok(Typed::Got(t)) => Ok(t),
                Ok(Typed::Gone) | Err(_) => {
                    self.screen.echo("");
                    Err(Silence::Left)
                }
            },
            () = limit => {
                let kept = self.draft.borrow().has_begun();
                self.screen.echo(if kept { " (no answer in time; what is typed is kept)" } else { "(no answer in time)" });
                Err(Silence::Left)
            }
        }
    }

    /// The ear of a prompt. It is opened before the prompt is shown, and forgets what was typed before: an answer can't come
    /// too early. Only where the same question stood there already and was begun, what was typed since goes on with it.
    async fn ear(&self, deadline: Option<Instant>) -> Asked<Keyboard> {
        let comes = self.comes.replace(Comes::Fresh);
        let keyboard = if comes == Comes::Again { Keyboard::kept() } else { Keyboard::open() };
        let Ok(keyboard) = keyboard else { return Err(Silence::Left) };
        if comes == Comes::InPlace {
            let quiet = async { keyboard.quiet().await.map(Typed::Got) };
            if self.until(deadline, quiet).await? {
                let says = "What was typed just now was for the question before, and answers nothing here.";
                self.screen.labelled(Tone::Doubt, "", says);
            }
        }
        Ok(keyboard)
    }

    /// One key of `keys`; others are passed over.
    async fn key(&self, prompt: &str, keys: &[char], deadline: Option<Instant>) -> Asked<char> {
        let again = self.draft.borrow_mut().key_again(keys);
        if let Some(key) = again {
            self.screen.prompt(&self.with_deadline(prompt, None));
            return Ok(key);
        }
        let keyboard = self.ear(deadline).await?;
        self.screen.prompt(&self.with_deadline(prompt, deadline));
        loop {
            let key = self.until(deadline, keyboard.key()).await?.to_ascii_lowercase();
            if keys.contains(&key) {
                self.draft.borrow_mut().pressed(key);
                return Ok(key);
            }
        }
    }

    /// A line that `read` understands; what it does not understand is asked again, with the reason.
    async fn line<T>(
        &self,
        prompt: &str,
        deadline: Option<Instant>,
        read: impl Fn(&str) -> Result<T, String>,
    ) -> Asked<T> {
        let again = self.draft.borrow_mut().line_again();
        if let Some(line) = again
            && let Ok(value) = read(&line)
        {
            self.screen.prompt(&self.with_deadline(prompt, None));
            self.screen.echo(&safe::line(&line));
            return Ok(value);
        }
        loop {
            let line = self.typed(prompt, deadline).await?;
            match read(&line) {
                Ok(value) => {
                    self.draft.borrow_mut().entered(line);
                    return Ok(value);
                }
                Err(why) => {
                    self.draft.borrow_mut().types("");
                    self.screen.labelled(Tone::Doubt, "", &why);
                }
            }
        }
    }

    /// A line as it was typed, from where it was left.
    async fn typed(&self, prompt: &str, deadline: Option<Instant>) -> Asked<String> {
        let keyboard = self.ear(deadline).await?;
        self.screen.prompt(&self.with_deadline(prompt, deadline));
        let mut line = Line::at(self.draft.borrow().text().to_owned());
        self.screen.typed(&line.shown());
        loop {
            let came = async { keyboard.typed().await.map(Typed::Got) };
            let (echo, fed) = line.feed(&self.until(deadline, came).await?);
            self.draft.borrow_mut().types(line.text());
            self.screen.typed(&echo);
            match fed {
                Fed::GoesOn => {}
                Fed::Entered => {
                    self.screen.echo("");
                    return Ok(line.text().trim().to_owned());
                }
                Fed::Gone => {
                    self.screen.echo("");
                    return Err(Silence::Left);
                }
            }
        }
    }

    async fn reason(&self, prompt: &str, deadline: Option<Instant>) -> Asked<String> {
        self.line(prompt, deadline, |line| {
            if line.is_empty() {
                Err("A reason is needed; it stands in the record.".to_owned())
            } else {
                Ok(line.to_owned())
            }
        })
        .await
    }

    fn with_deadline(&self, prompt: &str, deadline: Option<Instant>) -> String {
        let until = deadline.map(|d| format!(" (until {})", phrase::when(d, self.clock.now()))).unwrap_or_default();
        format!("      {prompt}{until}: ")
    }

    fn question(&self, text: &str) {
        self.screen.still();
        self.screen.labelled(Tone::Ask, "ask", text);
    }

    fn options(&self, options: &[(char, String)]) {
        for (key, text) in options {
            self.screen.labelled(Tone::Strong, &format!("    {key}"), text);
        }
    }

    async fn fact(&self, plan: &Plan, ix: FactIx, deadline: Option<Instant>) -> Asked<Answer> {
        let Some(fact) = plan.facts.get(ix.ix()) else { return Ok(Answer::NotKnown) };
        self.question(&format!("{}: {}", safe::line(&fact.id), phrase::question(fact)));
        self.value(&fact.kind, deadline).await
    }

    async fn value(&self, kind: &FactKind, deadline: Option<Instant>) -> Asked<Answer> {
        if let FactKind::YesNo = kind {
            let key = self.key("y yes, n no, ? not known yet", &['y', 'n', '?'], deadline).await?;
            let (word, answer) = match key {
                'y' => ("yes", Answer::Value(FactValue::YesNo(true))),
                'n' => ("no", Answer::Value(FactValue::YesNo(false))),
                _ => ("not known yet", Answer::NotKnown),
            };
            self.screen.echo(word);
            return Ok(answer);
        }
        let prompt = match kind {
            FactKind::Count => "a whole number, ? not known yet".to_owned(),
            FactKind::Percent => "0 to 100, ? not known yet".to_owned(),
            FactKind::Level(levels) => {
                format!("{}, ? not known yet", levels.iter().map(|l| safe::line(l)).collect::<Vec<_>>().join(", "))
            }
            FactKind::YesNo => String::new(),
        };
        let value = self.line(&prompt, deadline, |line| read_value(kind, line)).await?;
        Ok(value.map_or(Answer::NotKnown, Answer::Value))
    }

    async fn severity(&self, plan: &Plan, proposed: RowIx, deadline: Option<Instant>) -> Asked<Answer> {
        let level = |ix: usize| plan.rows.get(ix).map_or_else(String::new, |r| safe::line(&r.level));
        self.question(&format!("The matrix proposes {}. What each severity brings:", level(proposed.ix())));
        let rows: Vec<[String; 3]> = plan
            .rows
            .iter()
            .enumerate()
            .map(|(i, row)| {
                let key = match i.cmp(&proposed.ix()) {
                    std::cmp::Ordering::Less => format!("{}", i + 1),
                    std::cmp::Ordering::Equal => "y".to_owned(),
                    std::cmp::Ordering::Greater => "-".to_owned(),
                };
                [key, safe::line(&row.level), phrase::consequences(plan, row)]
            })
            .collect();
        let room = self.screen.room().saturating_sub(6);
        for line in table::draw(["key", "severity", "what it brings"], &rows, room).lines() {
            self.screen.verbatim(&format!("      {line}"));
        }
        let mut keys = vec!['y'];
        let mut prompt = format!("y confirms {}", level(proposed.ix()));
        // One key each: more graver rows than nine can't be told apart by a key.
        for (i, key) in (0..proposed.ix().min(9)).zip('1'..='9') {
            keys.push(key);
            prompt.push_str(&format!(", {key} raises to {}", level(i)));
        }
        if plan.stand_down.is_some() {
            keys.push('f');
            prompt.push_str(", f false alarm");
        }
        let key = self.key(&prompt, &keys, deadline).await?;
        match key {
            'f' => {
                self.screen.echo("false alarm");
                Ok(Answer::StandDown)
            }
            'y' => {
                self.screen.echo(&level(proposed.ix()));
                Ok(Answer::Row(proposed, None))
            }
            key => {
                let ix = usize::try_from(key.to_digit(10).unwrap_or(1)).unwrap_or(1).saturating_sub(1);
                self.screen.echo(&level(ix));
                let reason = self.reason("why graver", deadline).await?;
                Ok(Answer::Row(RowIx(u16::try_from(ix).unwrap_or(0)), Some(reason)))
            }
        }
    }

    async fn step(
        &self,
        plan: &Plan,
        ix: StepIx,
        offer: &[Choice],
        because: &str,
        deadline: Option<Instant>,
    ) -> Asked<Answer> {
        let Some(step) = plan.steps.get(ix.ix()) else { return Err(Silence::Left) };
        self.question(&format!(
            "{}: {} did not pass: {}",
            safe::line(&step.id),
            phrase::act(step),
            safe::line(because)
        ));
        self.where_by_hand(step);
        let options: Vec<(char, Choice)> = offer.iter().map(|c| (key_of(*c), *c)).collect();
        let shown: Vec<(char, String)> = options.iter().map(|(k, c)| (*k, phrase::choice(*c).to_owned())).collect();
        self.options(&shown);
        let keys: Vec<char> = options.iter().map(|(k, _)| *k).collect();
        let key = self.key("your choice", &keys, deadline).await?;
        let Some((_, choice)) = options.into_iter().find(|(k, _)| *k == key) else { return Err(Silence::Left) };
        self.screen.echo(phrase::choice(choice));
        let reason = match choice {
            Choice::Skip | Choice::Attest | Choice::Abandon => Some(self.reason("why", deadline).await?),
            Choice::ByHand => {
                self.key("press d when it is done", &['d'], deadline).await?;
                self.screen.echo("done");
                None
            }
            Choice::Retry | Choice::Undo => None,
        };
        match (choice, reason) {
            (Choice::Abandon, Some(reason)) => Ok(Answer::Abandon(reason)),
            (choice, reason) => Ok(Answer::Choice(choice, reason)),
        }
    }

    fn where_by_hand(&self, step: &Step) {
        if let Some(console) = &step.console {
            self.screen.labelled(Tone::Plain, "", &format!("console: {}", safe::line(console)));
        }
        if let Some(by_hand) = &step.by_hand {
            self.screen.labelled(Tone::Plain, "", &format!("by hand: {}", safe::line(by_hand)));
        }
    }

    async fn check(&self, plan: &Plan, ix: CheckIx, deadline: Option<Instant>) -> Asked<Answer> {
        let Some(check) = plan.checks.get(ix.ix()) else { return Ok(Answer::NotKnown) };
        let wanted =
            check.condition.as_ref().map(|c| format!(" (passes {})", phrase::threshold(c))).unwrap_or_default();
        let ask = check.ask.as_deref().map_or_else(|| safe::line(&check.id), safe::line);
        self.question(&format!("{}: {ask}{wanted}", safe::line(&check.id)));
        self.value(check.kind.as_ref().unwrap_or(&FactKind::YesNo), deadline).await
    }

    async fn check_next(&self, plan: &Plan, ix: CheckIx, may_attest: bool, deadline: Option<Instant>) -> Asked<Answer> {
        let id = plan.checks.get(ix.ix()).map_or_else(String::new, |c| safe::line(&c.id));
        self.question(&format!("{id} did not pass. Autonomy stays low until it does."));
        let mut options = vec![('a', "judge it again".to_owned()), ('r', "go back to responding".to_owned())];
        let signed = plan.votes == Votes::Signed;
        if may_attest && signed {
            options.push((
                't',
                "look whether somebody who neither ran this nor made the fix has signed for it".to_owned(),
            ));
        } else if may_attest {
            options.push(('t', "somebody who neither ran this nor made the fix attests it".to_owned()));
        }
        options.push(('x', phrase::choice(Choice::Abandon).to_owned()));
        self.options(&options);
        let keys: Vec<char> = options.iter().map(|(k, _)| *k).collect();
        let key = self.key("your choice", &keys, deadline).await?;
        self.screen.echo(options.iter().find(|(k, _)| *k == key).map_or("", |(_, t)| t.as_str()));
        Ok(match key {
            'a' => Answer::Again,
            'r' => Answer::Back,
            // A signed word comes as a vote does; nothing that is typed here is one.
            't' if signed => Answer::Attest(String::new(), String::new()),
            't' => {
                let who = self.person_of(plan, "who attests", false, deadline).await?;
                Answer::Attest(who, self.reason("on what ground", deadline).await?)
            }
            _ => Answer::Abandon(self.reason("why", deadline).await?),
        })
    }

    async fn person_of(&self, plan: &Plan, prompt: &str, as_author: bool, deadline: Option<Instant>) -> Asked<String> {
        for (i, p) in plan.roster.iter().enumerate() {
            let functions = p.functions.iter().map(|f| safe::line(f)).collect::<Vec<_>>().join(", ");
            let number = format!("{:>5}", i + 1);
            let needed = if as_author { only_voter(plan, &p.name) } else { Vec::new() };
            let warning = if needed.is_empty() {
                String::new()
            } else {
                format!("; then nobody is left to sign off as {}", safe::line(&needed.join(" and ")))
            };
            self.screen.labelled(Tone::Strong, &number, &format!("{} ({functions}){warning}", safe::line(&p.name)));
        }
        if !plan.roster.is_empty() {
            let mut keys: Vec<char> = ('1'..='9').take(plan.roster.len()).collect();
            keys.push('0');
            let most = if plan.roster.len() > 9 { " up to 9" } else { "" };
            let key = self.key(&format!("{prompt}, by number{most}; 0 for a name"), &keys, deadline).await?;
            let chosen = key.to_digit(10).and_then(|d| usize::try_from(d).ok()).and_then(|d| d.checked_sub(1));
            if let Some(person) = chosen.and_then(|i| plan.roster.get(i)) {
                self.screen.echo(&safe::line(&person.name));
                return Ok(person.name.clone());
            }
            self.screen.echo(if plan.roster.len() > 9 { "a name or a higher number" } else { "a name" });
        }
        self.line(&format!("{prompt}, by name or number"), deadline, |line| {
            let by_number = line.parse::<usize>().ok().and_then(|n| n.checked_sub(1)).and_then(|i| plan.roster.get(i));
            match (by_number, line) {
                (Some(person), _) => Ok(person.name.clone()),
                (None, "") => Err("A name is needed.".to_owned()),
                (None, line) => Ok(safe::line(line)),
            }
        })
        .await
    }

    async fn yes_or_abandon(&self, text: &str, yes: &str, answer: Answer, deadline: Option<Instant>) -> Asked<Answer> {
        self.question(text);
        self.options(&[('y', yes.to_owned()), ('x', phrase::choice(Choice::Abandon).to_owned())]);
        if self.key("your choice", &['y', 'x'], deadline).await? == 'y' {
            self.screen.echo(yes);
            return Ok(answer);
        }
        self.screen.echo("end");
        Ok(Answer::Abandon(self.reason("why", deadline).await?))
    }

    async fn stuck(&self, plan: &Plan, ix: StepIx, deadline: Option<Instant>) -> Asked<Answer> {
        let Some(step) = plan.steps.get(ix.ix()) else { return Err(Silence::Left) };
        self.question(&format!(
            "The undo of {} ({}) can't be done safely: the state is not what this run left.",
            safe::line(&step.id),
            phrase::act(step)
        ));
        self.where_by_hand(step);
        let options = [
            ('d', "I put it back by hand; the probe proves it".to_owned()),
            ('x', "end the run as stuck; a person has to settle it".to_owned()),
        ];
        self.options(&options);
        if self.key("your choice", &['d', 'x'], deadline).await? == 'd' {
            self.screen.echo("by hand");
            return Ok(Answer::Choice(Choice::ByHand, None));
        }
        self.screen.echo("stuck");
        Ok(Answer::Abandon(self.reason("why", deadline).await?))
    }

    async fn answer(&self, question: Question<'_>, deadline: Option<Instant>) -> Asked<Answer> {
        match question {
            Question::Fact { plan, fact } => self.fact(plan, fact, deadline).await,
            Question::Severity { plan, proposed } => self.severity(plan, proposed, deadline).await,
            Question::Step { plan, step, offer, because } => self.step(plan, step, offer, because, deadline).await,
            Question::Check { plan, check } => self.check(plan, check, deadline).await,
            Question::CheckNext { plan, check, may_attest } => self.check_next(plan, check, may_attest, deadline).await,
            Question::FixAuthor { plan } => {
                self.question("Who made the fix? They can't sign off what they made.");
                self.person_of(plan, "who", true, deadline).await.map(Answer::Person)
            }
            Question::SignOffAgain { .. } => {
                let text = "The sign-off was denied or expired. Autonomy stays low.";
                self.yes_or_abandon(text, "ask for the sign-off anew", Answer::Yes, deadline).await
            }
            Question::AfterBreach { .. } => {
                let text = "Autonomy was taken back. Respond to what happened, then verify again.";
                self.yes_or_abandon(text, "verify again", Answer::Yes, deadline).await
            }
            Question::Stuck { plan, step } => self.stuck(plan, step, deadline).await,
        }
    }
}

impl Operator for Terminal {
    fn ask<'a>(&'a mut self, question: Question<'a>, deadline: Option<Instant>) -> Fut<'a, Answer> {
        Box::pin(async move {
            if !self.present() {
                return Answer::Nobody;
            }
            let comes = self.draft.borrow_mut().comes(Of::question(&question));
            self.comes.set(comes);
            match self.answer(question, deadline).await {
                Ok(answer) => {
                    self.draft.borrow_mut().answered();
                    answer
                }
                Err(Silence::Left) => Answer::Interrupted,
            }
        })
    }

    fn present(&self) -> bool {
        self.screen.look().person
    }

    fn person(&self) -> Option<&str> {
        self.person.as_deref()
    }

    fn begun(&self, question: &Question<'_>) -> bool {
        self.draft.borrow().begun(Of::question(question))
    }
}

const fn key_of(choice: Choice) -> char {
    match choice {
        Choice::Retry => 'r',
        Choice::ByHand => 'h',
        Choice::Attest => 't',
        Choice::Skip => 's',
        Choice::Undo => 'u',
        Choice::Abandon => 'x',
    }
}

/// Functions of the sign-off that nobody else of the roster has.
fn only_voter<'p>(plan: &'p Plan, name: &str) -> Vec<&'p str> {
    let Some(gate) = plan.sign_off.and_then(|g| plan.gates.get(g.ix())) else { return Vec::new() };
    if !gate.not.contains(&Excluded::FixAuthor) {
        return Vec::new();
    }
    let has = |f: &String| plan.roster.iter().any(|p| p.name == name && p.functions.contains(f));
    let others = |f: &String| plan.roster.iter().any(|p| p.name != name && p.functions.contains(f));
    gate.functions.iter().filter(|f| has(f) && !others(f)).map(String::as_str).collect()
}

/// A value as a person types it; none for `?`.
///
/// # Errors
/// What is wrong with it, as a sentence.
pub fn read_value(kind: &FactKind, text: &str) -> Result<Option<FactValue>, String> {
    const MOST: u64 = 1 << 53;
    let text = text.trim();
    if text == "?" {
        return Ok(None);
    }
    match kind {
        FactKind::YesNo => match text.to_ascii_lowercase().as_str() {
            "y" | "yes" | "true" => Ok(Some(FactValue::YesNo(true))),
            "n" | "no" | "false" => Ok(Some(FactValue::YesNo(false))),
            _ => Err("Answer y, n, or ? when it is not known yet.".to_owned()),
        },
        FactKind::Count => text
            .replace(['_', ' ', '\u{2019}', '\''], "")
            .parse()
            .ok()
            .filter(|n| *n <= MOST)
            .map(|n| Some(FactValue::Count(n)))
            .ok_or_else(|| "Type a whole number, zero or more, or ? when it is not known yet.".to_owned()),
        FactKind::Percent => text
            .trim_end_matches('%')
            .trim()
            .parse()
            .ok()
            .filter(|p| (0.0..=100.0).contains(p))
            .map(|p| Some(FactValue::Percent(p)))
            .ok_or_else(|| "Type a number from 0 to 100, or ? when it is not known yet.".to_owned()),
        FactKind::Level(levels) => levels
            .iter()
            .position(|l| l.eq_ignore_ascii_case(text))
            .and_then(|i| u16::try_from(i).ok())
            .map(|i| Some(FactValue::Level(i)))
            .ok_or_else(|| format!("Type one of {}, or ? when it is not known yet.", levels.join(", "))),
    }
}

#[cfg(test)]
mod tests {
    use super::super::screen::fake::{PLAIN, screen};
    use super::*;
    use crate::report::example::plan;

    struct Stopped;
    impl Clock for Stopped {
        fn now(&self) -> Instant {
            Instant(0)
        }
        fn sleep(&self, _: crate::text::time::Millis) -> Fut<'_, ()> {
            Box::pin(async {})
        }
        fn scale(&self) -> u32 {
            1
        }
    }

    #[test]
    fn without_a_terminal_nobody_answers_and_nothing_is_shown() {
        let (s, _, err) = screen(PLAIN);
        let mut terminal = Terminal::new(s, Rc::new(Stopped), None);
        let plan = plan();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        for question in [
            Question::Fact { plan: &plan, fact: FactIx(0) },
            Question::Severity { plan: &plan, proposed: RowIx(0) },
            Question::FixAuthor { plan: &plan },
            Question::SignOffAgain { plan: &plan },
        ] {
            assert_eq!(runtime.block_on(terminal.ask(question, None)), Answer::Nobody);
        }
        assert_eq!(err.text(), "");
    }

    #[test]
    fn a_fix_author_without_whom_nobody_could_sign_off_is_pointed_out() {
        let plan = plan();
        assert_eq!(only_voter(&plan, "grace"), ["product"]);
        assert_eq!(only_voter(&plan, "olga"), Vec::<&str>::new());
    }

    #[test]
    fn values_are_read_as_people_type_them_and_nothing_is_guessed() {
        let count = |t: &str| read_value(&FactKind::Count, t);
        assert_eq!(count("1843"), Ok(Some(FactValue::Count(1843))));
        assert_eq!(count("1 843"), Ok(Some(FactValue::Count(1843))));
        assert_eq!(count("?"), Ok(None));
        for bad in ["", "-1", "1.5", "many", "99999999999999999999"] {
            assert!(count(bad).is_err(), "{bad}");
        }
        let percent = |t: &str| read_value(&FactKind::Percent, t);
        assert_eq!(percent("2.5 %"), Ok(Some(FactValue::Percent(2.5))));
        assert!(percent("101").is_err() && percent("NaN").is_err() && percent("").is_err());
        let level = FactKind::Level(vec!["low".into(), "high".into()]);
        assert_eq!(read_value(&level, "High"), Ok(Some(FactValue::Level(1))));
        assert!(read_value(&level, "").is_err());
        assert_eq!(read_value(&FactKind::YesNo, "no"), Ok(Some(FactValue::YesNo(false))));
        assert!(read_value(&FactKind::YesNo, "").is_err(), "an empty answer is no answer");
    }
}
