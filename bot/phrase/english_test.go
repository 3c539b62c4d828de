package phrase

import "testing"

func TestReadEnglish(t *testing.T) {
	check(t, []example{
		// Dates with the year first.
		{"2026-12-01", "2026-12-01", ""},
		{"2026/12/1", "2026-12-01", ""},
		{"2026-12-1", "2026-12-01", ""},
		{"date: 2026-12-01", "2026-12-01", "date"},
		{"2026-12-01 to 2026-12-03", "2026-12-01..2026-12-03", ""},
		{"2026-12-01..2026-12-03", "2026-12-01..2026-12-03", ""},
		{"2026-12-01 – 2026-12-03", "2026-12-01..2026-12-03", ""},
		{"2026-12-01-2026-12-03", "2026-12-01..2026-12-03", ""},
		{"2026/12/1 - 2026/12/3", "2026-12-01..2026-12-03", ""},
		{"2026-12-01 2026-12-03 family", "2026-12-01..2026-12-03", "family"}, // as /leave is documented
		{"2026-12-01 pm 2026-12-03 am family", "2026-12-01 pm..2026-12-03 am", "family"},
		{"2026-12-01 2026-12-01", "2026-12-01", ""},
		{"2028-02-29", "2028-02-29", ""},
		{"until Friday 2026-12-04 from", "", "Friday 2026-12-04"},

		// A day and a month.
		{"3 Dec", "2026-12-03", ""},
		{"3Dec", "2026-12-03", ""},
		{"03 dec", "2026-12-03", ""},
		{"Dec 3", "2026-12-03", ""},
		{"DECEMBER 3", "2026-12-03", ""},
		{"３ Ｄｅｃ", "2026-12-03", ""},
		{"3rd of December", "2026-12-03", ""},
		{"the 3rd of December", "2026-12-03", ""},
		{"on December the 3rd", "2026-12-03", ""},
		{"Dec 3rd 2026", "2026-12-03", ""},
		{"Dec 3, 2026", "2026-12-03", ""},
		{"Dec 3,2026", "2026-12-03", ""},
		{"3 Dec 2027", "2027-12-03", ""},
		{"3 May", "2027-05-03", ""},
		{"March 3", "2027-03-03", ""},
		{"25 Oct", "2026-10-25", ""}, // 30 days ago
		{"24 Oct", "2027-10-24", ""},
		{"28 Feb", "2027-02-28", ""},
		{"29 Feb 2028", "2028-02-29", ""},
		{"3–5 Dec", "2026-12-03..2026-12-05", ""},
		{"3-5 Dec 2027", "2027-12-03..2027-12-05", ""},
		{"3 to 5 December", "2026-12-03..2026-12-05", ""},
		{"from the 3rd to the 5th of December", "2026-12-03..2026-12-05", ""},
		{"Dec 3-5", "2026-12-03..2026-12-05", ""},
		{"Dec 3rd to 5th", "2026-12-03..2026-12-05", ""},
		{"Dec 3 - 5, 2027", "2027-12-03..2027-12-05", ""},
		{"3 Dec - 5 Dec", "2026-12-03..2026-12-05", ""},
		{"3 Dec until 5 Dec", "2026-12-03..2026-12-05", ""},
		{"3 Dec → 5 Dec", "2026-12-03..2026-12-05", ""},
		{"28 Dec - 3 Jan", "2026-12-28..2027-01-03", ""},
		{"28 Dec 2026 - 3 Jan", "2026-12-28..2027-01-03", ""},
		{"28 Dec - 3 Jan 2027", "2026-12-28..2027-01-03", ""},
		{"28 Dec - 3 Jan 2028", "2027-12-28..2028-01-03", ""},

		// From today on.
		{"today", "2026-11-24", ""},
		{"tomorrow", "2026-11-25", ""},
		{"yesterday", "2026-11-23", ""},
		{"day after tomorrow", "2026-11-26", ""},
		{"the day after tomorrow, please", "2026-11-26", ""},
		{"the day before yesterday", "2026-11-22", ""},
		{"tomorrow afternoon", "2026-11-25 pm..2026-11-25 pm", ""},
		{"this afternoon", "2026-11-24 pm..2026-11-24 pm", ""},
		{"this morning", "2026-11-24 am..2026-11-24 am", ""},
		{"tomorrow morning", "2026-11-25 am..2026-11-25 am", ""},
		{"tomorrow in the morning", "2026-11-25 am..2026-11-25 am", ""},
		{"tomorrow a.m.", "2026-11-25 am..2026-11-25 am", ""},
		{"in 3 days", "2026-11-27", ""},
		{"in three days' time", "2026-11-27", ""},

		// Days of the week.
		{"Monday", "2026-11-30", ""},
		{"Tuesday", "2026-12-01", ""}, // today is not meant
		{"on Friday", "2026-11-27", ""},
		{"next Monday", "2026-11-30", ""},
		{"next Tuesday", "2026-12-01", ""},
		{"next Friday", "2026-12-04", ""},
		{"Friday next week", "2026-12-04", ""},
		{"next week Friday", "2026-12-04", ""},
		{"this Friday", "2026-11-27", ""},
		{"this Tuesday", "2026-11-24", ""},
		{"next Mon-Wed", "2026-11-30..2026-12-02", ""},
		{"Monday to Wednesday", "2026-11-30..2026-12-02", ""},
		{"Friday to Monday", "2026-11-27..2026-11-30", ""},
		{"Friday to next Tuesday", "2026-11-27..2026-12-01", ""},
		{"tomorrow to Friday", "2026-11-25..2026-11-27", ""},
		{"tomorrow until 2 Dec", "2026-11-25..2026-12-02", ""},
		{"next week", "2026-11-30..2026-12-04", ""},
		{"last week", "2026-11-16..2026-11-20", ""},
		{"Friday afternoon", "2026-11-27 pm..2026-11-27 pm", ""},
		{"Fri pm", "2026-11-27 pm..2026-11-27 pm", ""},
		{"Fri (pm)", "2026-11-27 pm..2026-11-27 pm", ""},
		{"the morning of 3 Dec", "2026-12-03 am..2026-12-03 am", ""},
		{"Thu 3 Dec", "2026-12-03", ""},
		{"3 Dec (Thursday) dentist", "2026-12-03", "dentist"},
		{"tomorrow, 25 Nov", "2026-11-25", ""},
		{"Thu 3 Dec to Sat 5 Dec", "2026-12-03..2026-12-05", ""},
		{"Sat", "2026-11-28", ""},
		{"sat please", "2026-11-28", ""},
		{"on Sat with the family", "2026-11-28", "with the family"},
		{"sat-sun", "2026-11-28..2026-11-29", ""},
		{"sat morning", "2026-11-28 am..2026-11-28 am", ""},

		// Numbers of days.
		{"3 days from Monday", "2026-11-30..2026-12-02", ""},
		{"for 3 days from 1 Dec", "2026-12-01..2026-12-03", ""},
		{"1 Dec for 3 days", "2026-12-01..2026-12-03", ""},
		{"tomorrow, three days", "2026-11-25..2026-11-27", ""},
		{"3 days annual leave from 1 Dec", "2026-12-01..2026-12-03", "annual leave"},
		{"a 3-day leave, starting Monday", "2026-11-30..2026-12-02", ""},
		{"one day on Friday", "2026-11-27", ""},
		{"3 Dec to 5 Dec (3 days)", "2026-12-03..2026-12-05", ""},
		{"next week, 5 days", "2026-11-30..2026-12-04", ""},
		{"for 366 days from 1 Dec", "2026-12-01..2027-12-01", ""},

		// Halves.
		{"from 3 Dec afternoon to 5 Dec morning", "2026-12-03 pm..2026-12-05 am", ""},
		{"3 Dec pm - 5 Dec", "2026-12-03 pm..2026-12-05", ""},
		{"from 3 Dec to 5 Dec morning", "2026-12-03..2026-12-05 am", ""},
		{"half day on Friday morning", "2026-11-27 am..2026-11-27 am", ""},
		{"half a day tomorrow afternoon", "2026-11-25 pm..2026-11-25 pm", ""},
		{"Friday afternoon, half-day", "2026-11-27 pm..2026-11-27 pm", ""},

		// What is left.
		{"from 3 Dec to 5 Dec for my sister's wedding", "2026-12-03..2026-12-05", "my sister's wedding"},
		{"visiting my aunt on 3 Dec in Paris", "2026-12-03", "visiting my aunt in Paris"},
		{"Visiting my aunt, 3 Dec, in Paris", "2026-12-03", "Visiting my aunt, in Paris"},
		{"I'd like to take tomorrow off", "2026-11-25", ""},
		{"I want to take tomorrow off to see mum", "2026-11-25", "see mum"},
		{"tomorrow - off-site", "2026-11-25", "off-site"},
		{"3 Dec (family)", "2026-12-03", "family"},
		{"3 Dec to visit mum", "2026-12-03", "visit mum"},
		{"We sat down and I may march on 3 Dec", "2026-12-03", "We sat down and I may march"},
		{"tomorrow, 2 meetings with version 1.2.3 at 14:30", "2026-11-25", "2 meetings with version 1.2.3 at 14:30"},
		{"请 annual leave next Monday", "2026-11-30", "annual leave"},
	})
}

func TestReadRefusesEnglish(t *testing.T) {
	refuse(t, []string{
		"", " ", "?", "from", "to", "for the dentist", "annual leave",
		// Ambiguous.
		"03/04", "12/03", "3.4", "3/4 to 5/4", "12/03/2026", "03-04-2026", "1/2", "2026-12", "20261203", "2026.12.03",
		"December", "in December", "Dec 2026", "early December", "Dec", "end of December",
		"last Friday", "last month", "next month", "next weekend", "this weekend", "this week", "at the weekend",
		"Monday to Monday", "Monday to next Monday", "3 days Monday", "2 weeks from Monday", "in 2 weeks", "for a week from 1 Dec", "Monday for a week",
		"from Monday", "starting Monday", "3 Dec onwards", "since Monday", "until Friday", "before Friday", "after 3 Dec", "by Friday", "every Monday",
		"Monday until further notice", "up to Monday", "not Monday", "around 3 Dec", "the week of 3 Dec", "Monday week", "Mondays", "instead of 3 Dec",
		"half day tomorrow", "half day on Friday to Monday morning", "Mon-Wed afternoon", "3-5 Dec pm", "tomorrow am off", "one and a half days from Monday",
		"1.5 days from Monday", "2-3 days from Monday", "2 or 3 days from Monday", "a few days from Monday", "tomorrow afternoon for 2 days",
		"3 working days from Monday", "Monday for 3 working days", "tomorrow for 2 hours", "tomorrow 14:30", "tomorrow at 3", "Friday 3 pm", "5pm tomorrow",
		"tomorrow evening", "tonight", "Friday noon", "Friday afternoons", "3 Dec to noon",
		// Two dates, or one and a half.
		"2 Dec 2 Dec", "Monday or Tuesday", "1 or 2 Dec", "1, 2 Dec", "1 and 2 Dec", "Dec 3 and 5", "Dec 3, 5", "3 Dec, 5 Dec", "Dec 3 & 5",
		"tomorrow and the day after", "tomorrow morning and afternoon", "Monday, Wednesday", "1-2-3 Dec", "12-01 to 3 Dec", "03/04 to 3 Dec", "3 Dec to 03/04",
		"3 Dec to 5", "3 Dec - 2026", "2026-12-01 to 03", "2026-12-01-03", "2026-12-01/02", "2026-12-01, 2026-12-03", "2 days after tomorrow", "wed or Friday",
		"Monday, then 3 Dec, then next week", "tomorrow, my last day before the weekend",
		// Impossible.
		"30 Feb", "Feb 30", "2026-02-30", "2026-13-01", "2026-00-10", "29 Feb", "29 Feb 2027", "31 Nov to 2 Dec", "0000-01-01", "10000-01-01", "9999-12-31", "32 Dec", "0 Dec",
		"2026-12-03 to 2026-12-01", "5 Dec to 3 Dec", "Dec 5-3", "5-3 Dec", "2026-12-01 pm to 2026-12-01 am", "2026-12-03 2026-12-01",
		"2026-12-01 to 2028-12-01", "for 3650 days from 1 Dec", "for 367 days from 1 Dec", "0 days from Monday", "this Monday", "Fri 3 Dec", "tomorrow (Friday)",
		"3 Dec to 5 Dec (2 days)", "next week, 3 days", "99999999999999999999 days from Monday",
		// Words that are no dates.
		"we march on", "march on", "march 5 miles", "may I", "may I?", "May I take a break", "only 2 may go", "sat down", "he sat", "Sat down for 3 days", "the sun is out", "they wed", "mondo",
		"May 3 people come?", "second of all", "today's menu", "decide 3", "I am", "next time", "this is it", "last but not least", "24/7", "day by day", "3 days", "for 3 days", "half day",
		// Prices, numbers, versions, times, codes.
		"$3", "$3.50", "3,000", "1,003 dec", "¥300", "Dec $5", "3% Dec", "+86 138 0013 8000", "138-1234-5678", "010-12345678", "555-0199", "version 1.2.3", "v2026.1.2",
		"1.2.3", "14:30", "at 14:30", "10:00-12:00", "INV-2026-12-01", "LV-1042", "2026-12-01T10:00", "v2026-12-01", "2026-12-01_a", "room 5", "127.0.0.1", "#3 Dec", "3.5 Dec", "0x10",
	})
}
