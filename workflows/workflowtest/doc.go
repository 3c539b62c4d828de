// Package workflowtest is what every kind of request is tested with, in memory and without any I/O: transcripts, which are played line by
// line; a walk of anybody doing anything; the table of every event in every state by everybody; the texts; definitions of the past. It
// knows the core (requests, routes, clocks, the ledger, bookings) and no kind.
//
// A kind's tests are a few lines:
//
//	var options = workflowtest.Options{Kind: "leave", Check: check, Draw: draw}
//
//	func TestTranscripts(t *testing.T)           { workflowtest.Play(t, "testdata", options) }
//	func TestWalk(t *testing.T)                  { workflowtest.Walk(t, "testdata", options) }
//	func TestEveryEventByEverybody(t *testing.T) { workflowtest.Moves(t, "testdata", options) }
//	func TestTexts(t *testing.T)                 { workflowtest.Texts(t, options) }
//	func TestStoredDefinitions(t *testing.T)     { workflowtest.Stored(t, "testdata", options) }
//
// After every change it is checked that the audit replays to the state, that nothing is approved but by those whom the route names and
// never by whoever asks, that somebody is asked while the route is at work, that the ledger adds up, and what Options.Check wants besides.
//
// # Transcripts
//
// A transcript is a txtar archive: lines, then parts. The part policy.yaml is the policy that holds, where a section that it leaves out is
// the shipped one's; without the part it is the shipped policy. A line is a command and its words; what stands between single quotes
// belongs to one word, and \n there ends a line of it. A line that begins with # is a remark. Who there is says Company, when it begins
// is Monday, 2 March 2026, 09:00, and the clock is Shanghai's.
//
// What people do. A line that begins with ! has to be refused, and any other has to succeed:
//
//	as lin                       lin speaks from now on; also operator, clock, and contact, a customer's person
//	/leave WORDS                 sends a new request of a kind
//	preview WORDS                works a form out without sending it; with of=LV-1 as an edit of that request
//	on LV-1                      the presses that follow are about it; else they are about the request that changed last
//	edit [@N] WORDS              sends the form again; @N presses the button of revision N
//	press EVENT [@N] WORDS       presses a button. WORDS are the reason, except person=E001 and what else the event asks for, as
//	                             proof=note.pdf
//	file note.pdf scan.pdf       sends files, which forms then name, with a comma between them; b.pdf=a.pdf has a's content, and
//	                             b.pdf@KEY is claimed by a key as well
//
// WORDS of a form are name=value, for=NAME where it is sent for somebody else, or words as people type them behind a command: the first
// is for the form's first field if that is a choice, and the others are read as Kind.ReadWords reads them. item_2=desk is of a list's
// second line.
//
// What happens around them:
//
//	at 2026-03-09 09:00          moves the clock; what falls due until then happens
//	next 4h                      likewise
//	person zhao away=true        changes a person: away, active, pattern, department, tier, hired, roles (a,b), manager
//	holiday CN 2026-10-01 KIND   imports a day of a country's calendar
//	grant lin UNIT 5d FROM [UNTIL]   gives a lot of the ledger's unit, as leave:annual; minutes, or days with a d
//
// What must have come of it. Where a text is expected, its key stands first, and those of its arguments that matter follow as name=value;
// a value of minutes may be written in days, as 1.5d:
//
//	said KEY ARGS                why the line before was refused
//	state LV-1 pending           where the request stands
//	steps LV-1 a=zhao b=han,ada+mei   its route: places are divided by commas, people of one place by +
//	note LV-1 KEY [NAME]         what a step of the route has to say
//	waits LV-1 han mei           whose turn it is, by name; nobody's without names
//	turn LV-1 wang open for=zhao why=away revision=1   somebody's turn
//	title LV-1 'Annual leave'    its title in English
//	row WHO KEY ARGS             its card, or the preview, has a row. WHO: requester, submitter, approver, asked, hr, nobody, preview
//	norow WHO KEY ARGS           it has none; was=KEY and was.NAME are what it said in the revision before
//	offers EVENT true            whether the card of the request that changed last has a button
//	notice lin KEY ARGS          somebody has got a notice since the last thing that was done
//	notice none                  nobody has
//	due LV-1 chase 2026-04-24 09:00   what will fall due
//	due LV-1 none                nothing will
//	audit LV-1 submit approve    all events of the request
//	balance lin UNIT 7d          what is left, less what is owed
//	booked LV-1 2d reserved      what it takes of the ledger: reserved or used
//	booked LV-1 nothing
//	pays LV-1 2026-03-31 lot=1 1d   which lot pays for a date; lots are numbered as they were granted, and 0 is a debt
//	closed lin 2024-12-31        through when somebody's books are closed; ''
//	holds lin LV-1 LV-2          which requests hold somebody's half-days
//
// Every text of the kind that comes up is filled in, in each language, so one that is missing or lacks an argument fails the line.
//
// To add a command, write its method in the file of what it is about (act, expect) and a line in requests or checks.
package workflowtest
