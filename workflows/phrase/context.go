package phrase

// What stands around a date can make it another one ("before Monday", 每周一), or more than one ("1 or 2 Dec"). It then is not understood.

// dateLike says whether the token at i speaks of dates. Where it is no part of what was understood, nothing was.
func (r *reader) dateLike(i int) bool {
	t := r.at(i)
	unit := r.at(i + 1)
	switch t.class {
	case isoDate, digitDate, relative, week, vague, yearOf, whichMonth, twoDays:
		return true
	case month, weekday:
		return !t.weak
	case halfDay:
		return true
	case other:
		return t.text == "half" && (unit.class == days || r.at(i+2).class == days)
	case which:
		return unit.class == counted || unit.class == weekday || unit.class == hours || unit.class == half
	case figure:
		return t.n > 0 || unit.class == days
	case number, numeral:
		if t.text == "a" || t.text == "an" || r.text(i-1, "第") {
			return false
		}
		return r.countsDays(i+1) || unit.class == unitMonth || unit.class == unitYear && t.n >= 1000 ||
			unit.class == unitDay && t.n <= 31 ||
			unit.class == ordinal && r.text(i-1, "the") && !isWord(r.at(i+2))
	}
	return false
}

// countsDays says whether a unit of days or more stands at i, behind a number: days, -day, 个 working days.
func (r *reader) countsDays(i int) bool {
	if r.text(i, "个", "-", "full", "whole", "整") {
		i++
	}
	return r.at(i).class == days || r.at(i).class == counted
}

// beginsDate says whether what stands at i could be an end of a range, though it is none that is understood.
func (r *reader) beginsDate(i int) bool {
	t := r.at(i)
	switch t.class {
	case number, figure, month, weekday, half, hours, which:
		return true
	case numeral:
		unit := r.at(i + 1).class
		return r.dateLike(i) || unit == unitDay || unit == clock || t.n < 0
	}
	return r.dateLike(i)
}

// standsAsDay says whether a word like "sat" is a day where it stands: behind a word that wants one, or
// with nothing beside it that says more.
func (r *reader) standsAsDay(c cut) bool {
	if r.text(c.from-1, "on", "from", "by", "starting") {
		return true
	}
	for i, t := range r.toks {
		inside := i >= c.from && i < c.to
		if !inside && t.class != mark && !t.is(connecting|idle|filler) {
			return false
		}
	}
	return true
}

// wordBefore is where the word stands that speaks of the date at i from before it.
func (r *reader) wordBefore(i int) int {
	for i--; r.text(i, "the", "on", "("); i-- {
	}
	return i
}

// besides says what the word at i, beside a date, makes of it.
func (r *reader) besides(i int) string {
	switch {
	case r.at(i).is(excluding):
		return leftOut
	case r.joiner(i):
		return several
	}
	return unclear
}

// joiner says whether what stands at i puts another date beside this one.
func (r *reader) joiner(i int) bool {
	return r.text(i, ",", "、", "&", "+", "/", "and", "or", "和", "与", "或", "及", "跟", "还有")
}

func (r *reader) clearBefore(i int, s dateRange) bool {
	k := r.wordBefore(i)
	t := r.at(k)
	if t.is(before) {
		return false
	}
	switch t.class {
	case number, figure, isoDate, digitDate, hours, which, counted, later, unitYear, unitMonth:
		return false
	case half:
		return t.text == "am" // I am on 3 Dec …
	case numeral: // two weeks once is written 两周一次
		return !(t.han && r.glued(i) && r.at(i).class == weekday)
	case link:
		return !t.firm && !(t.han && isWord(t)) && !r.text(k-1, "up") && !r.beginsDate(k-1)
	}
	if s.calendar && r.joiner(k) {
		p := r.at(k - 1).class
		return p != number && p != unitDay && p != ordinal
	}
	if r.joiner(k) && !r.text(k, ",") {
		p := r.at(k - 1).class
		return p != number && p != weekday && p != hours
	}
	return true
}

func (r *reader) clearAfter(i int, s dateRange) bool {
	t := r.at(i)
	if t.is(after) {
		return false
	}
	switch t.class {
	case number, figure, isoDate, digitDate, half, hours, which, counted, later, unitDay, vague:
		return false
	case onward: // with a number of days it has been read, without one it has no end
		return s.several || s.from != s.to
	case link:
		return !r.beginsDate(i + 1)
	case numeral:
		if t.han && r.glued(i) && r.at(i-1).class == weekday && t.n != 1 { // 周一二
			return false
		}
	}
	if !r.clearJoined(i, s) {
		return false
	}
	// Words that only lead on to a number: "at 3", "for 2 hours", 请3个小时.
	k, comma := i, false
	for r.at(k).is(filler|starting) || r.text(k, "at") {
		comma = comma || r.text(k, ",", "、")
		k++
	}
	switch t := r.at(k); t.class {
	case number, figure:
		return k == i || comma && !r.countsDays(k+1) && r.at(k+1).class != clock
	case numeral:
		return !(r.countsDays(k+1) || r.at(k+1).class == clock || r.text(k+1, "个") && r.at(k+2).class == clock)
	}
	return true
}

// clearJoined looks for a second date that is not written out: "Dec 3 and 5", "tomorrow and the day after", 12月3日、5日.
func (r *reader) clearJoined(i int, s dateRange) bool {
	if !r.joiner(i) {
		return true
	}
	k := i + 1
	if r.text(k, "the") {
		k++
	}
	switch t := r.at(k); t.class {
	case numeral: // 周四、五
		return !t.han || r.at(i-1).class != weekday && r.at(i-1).class != unitDay
	case number:
		return !s.calendar && r.text(i, ",")
	case figure:
		return t.n == 0 && r.text(i, ",")
	case half, hours, which:
		return false
	case month, weekday:
		return t.weak && r.text(i, ",")
	case days:
		return false
	}
	return !r.text(k, "following", "rest", "next")
}
