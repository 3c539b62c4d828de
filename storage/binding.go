package storage

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/nod-chat/nod/workflows"
)

// A chat user who is somebody already, and a party who has a chat on the platform, stay as they are.
const sqlBind = `
INSERT INTO bindings (party_kind, party_id, platform, team, user_id, address, bound_at)
VALUES (@kind, @party, @platform, @team, @user, @address, @now)
ON CONFLICT DO NOTHING`

// Bind makes a chat user known to be a party, unless either is bound on the platform already.
func (s *Store) Bind(ctx context.Context, to workflows.Party, u workflows.ChatUser, now time.Time) error {
	return pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		_, err := bind(ctx, tx, to, u, "", now)
		return err
	})
}

// bind does it within a transaction, and has what waits for the party shown in the new chat; address is what made the binding, if one
// did. It is false when nothing was bound, since the user or the party is bound already.
func bind(ctx context.Context, tx pgx.Tx, to workflows.Party, u workflows.ChatUser, address string, now time.Time) (bool, error) {
	done, err := tx.Exec(ctx, sqlBind, with(chatUser(u), args{"kind": string(to.Kind), "party": to.ID, "address": address, "now": now}))
	if err != nil || done.RowsAffected() == 0 {
		return false, err
	}
	return true, waiting(ctx, tx, u)
}

// waiting has a chat get what waits for its party.
func waiting(ctx context.Context, tx pgx.Tx, u workflows.ChatUser) error {
	for _, sql := range []string{sqlMissedCards, sqlNoticesCome} {
		if _, err := tx.Exec(ctx, sql, chatUser(u)); err != nil {
			return err
		}
	}
	return nil
}

const sqlBound = `
SELECT EXISTS (SELECT FROM bindings b JOIN parties p ON p.kind = b.party_kind AND p.id = b.party_id
                WHERE b.platform = @platform AND b.team = @team AND b.user_id = @user AND b.ended_at IS NULL AND p.active)`

// Bound tells whether a chat user is bound to an active party.
func (s *Store) Bound(ctx context.Context, u workflows.ChatUser) (bool, error) {
	var yes bool
	err := s.pool.QueryRow(ctx, sqlBound, chatUser(u)).Scan(&yes)
	return yes, err
}

// The rows of everyone with the address are locked, so that two users with one address cannot both be bound by it.
const sqlByEmail = `SELECT ` + personColumns + ` FROM people p WHERE lower(p.email) = lower(@email) AND p.email <> '' AND p.active
	FOR NO KEY UPDATE`

const sqlHolder = `
SELECT b.team, b.user_id
  FROM bindings b
 WHERE b.party_kind = 'person' AND b.party_id = @person AND b.platform = @platform AND b.ended_at IS NULL`

// Whether a user's last chat as this person was unlinked by hand.
const sqlUnlinked = `
SELECT coalesce((SELECT b.ended_at IS NOT NULL AND b.unlinked
                   FROM bindings b
                  WHERE b.party_kind = 'person' AND b.party_id = @person AND b.platform = @platform AND b.team = @team AND b.user_id = @user
                  ORDER BY b.id DESC
                  LIMIT 1), false)`

// holderOf finds the chat user of a platform who is bound to a person; the zero one when there is none.
func holderOf(ctx context.Context, tx pgx.Tx, person workflows.PersonID, platform string) (u workflows.ChatUser, err error) {
	err = tx.QueryRow(ctx, sqlHolder, args{"person": int64(person), "platform": platform}).Scan(&u.Team, &u.User)
	if errors.Is(err, pgx.ErrNoRows) {
		return u, nil
	}
	u.Platform = platform
	return u, err
}

// BindByEmail binds a chat user to the one active person with an address that their workspace has verified. It refuses with Unknown
// when there is no such person, and with NotYours when another user of the workspace is bound to them already, where the first stays and
// the administrators are told, or when the user is bound to somebody else. A user who was unlinked by hand is refused too. nil: the user
// is bound to that person now.
func (s *Store) BindByEmail(ctx context.Context, u workflows.ChatUser, email string, now time.Time) error {
	var taken error // which does not undo what the administrators are told
	err := pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) (err error) {
		taken, err = bindByEmail(ctx, tx, u, email, now)
		return err
	})
	if err == nil {
		err = taken
	}
	return err
}

var errOnlyTried = errors.New("this was only tried")

// BindsByEmail tells whether BindByEmail would bind a chat user, by trying it and taking it back.
func (s *Store) BindsByEmail(ctx context.Context, u workflows.ChatUser, email string, now time.Time) (bool, error) {
	err := pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		taken, err := bindByEmail(ctx, tx, u, email, now)
		return cmp.Or(err, taken, errOnlyTried)
	})
	switch {
	case errors.Is(err, errOnlyTried):
		return true, nil
	case errors.As(err, new(*workflows.Error)):
		return false, nil
	}
	return false, err
}

// bindByEmail does it within a transaction. taken is a refusal of which something is to be kept.
func bindByEmail(ctx context.Context, tx pgx.Tx, u workflows.ChatUser, email string, now time.Time) (taken, err error) {
	rows, err := tx.Query(ctx, sqlByEmail, args{"email": email})
	if err != nil {
		return nil, err
	}
	people, err := pgx.CollectRows(rows, scanPerson)
	if err != nil {
		return nil, err
	}
	if len(people) != 1 {
		return nil, workflows.Refuse(workflows.Unknown, "person.unknown", nil)
	}
	p := people[0]
	var unlinked bool
	if err := tx.QueryRow(ctx, sqlUnlinked, with(chatUser(u), args{"person": int64(p.ID)})).Scan(&unlinked); err != nil {
		return nil, err
	}
	if unlinked {
		return nil, workflows.Refuse(workflows.NotYours, "identity.unlinked", workflows.Args{"Person": p.Name})
	}
	switch holder, err := holderOf(ctx, tx, p.ID, u.Platform); {
	case err != nil || holder == u:
		return nil, err
	case holder.User != "":
		taken = workflows.Refuse(workflows.NotYours, "identity.taken", workflows.Args{"Person": p.Name})
		return taken, alert(ctx, tx, u.Platform+".taken:"+p.No, "alert.taken",
			workflows.Args{"No": p.No, "Name": p.Name, "User": u.User, "Platform": u.Platform}, now)
	}
	bound, err := bind(ctx, tx, p.ID.Party(), u, p.Email, now)
	if err == nil && !bound {
		return nil, workflows.Refuse(workflows.NotYours, "identity.other", workflows.Args{"Person": p.Name})
	}
	return nil, err
}

const sqlCardsEnd = `UPDATE cards SET dead = true WHERE binding_id = ANY (@bindings::bigint[])`

// endBindings ends the bindings that an update gives back. What shows cards in a chat that has ended stays as it is there: it may be
// somebody else's now. Notices that wait for it go to another chat of their party.
func endBindings(ctx context.Context, tx pgx.Tx, update string, a args) ([]Binding, error) {
	rows, err := tx.Query(ctx, update, a)
	if err != nil {
		return nil, err
	}
	var ids []int64
	ended, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (Binding, error) {
		var b Binding
		var id int64
		err := row.Scan(&id, &b.Platform, &b.User, &b.Since)
		ids = append(ids, id)
		return b, err
	})
	if err != nil || len(ids) == 0 {
		return nil, err
	}
	for _, sql := range []string{sqlCardsEnd, sqlNoticesRoute} {
		if _, err := tx.Exec(ctx, sql, args{"bindings": ids}); err != nil {
			return nil, err
		}
	}
	return ended, nil
}

const sqlEndBinding = `
UPDATE bindings
   SET ended_at = @now
 WHERE id = @binding AND ended_at IS NULL
RETURNING id, platform, user_id, bound_at`

// It goes to the very chat that has ended, and names nobody.
const sqlTellEnded = `
INSERT INTO notices (about, seq, party_kind, party_id, text, tone, holds, binding_id, platform, next_at)
SELECT gen_random_uuid(), 1, b.party_kind, b.party_id, 'notice.address', 'warn', @holds, b.id, b.platform, now()
  FROM bindings b
 WHERE b.id = @binding AND b.gone_at IS NULL`

// addressBinding is a live binding that an address made.
type addressBinding struct {
	ID                int64
	Platform, Address string
	Person            workflows.Person
}

// endMoved ends one whose address is no more its user's or its person's. Its user and the administrators are told; it can be made anew by
// the right address.
func endMoved(ctx context.Context, tx pgx.Tx, m addressBinding, now time.Time) error {
	ended, err := endBindings(ctx, tx, sqlEndBinding, args{"binding": m.ID, "now": now})
	if err != nil || len(ended) == 0 {
		return err
	}
	if _, err := tx.Exec(ctx, sqlTellEnded, args{"binding": m.ID, "holds": workflows.WhileEnded}); err != nil {
		return err
	}
	return alert(ctx, tx, m.Platform+".address:"+m.Person.No, "alert.address",
		workflows.Args{"No": m.Person.No, "Name": m.Person.Name, "Platform": m.Platform, "User": ended[0].User, "Address": m.Address}, now)
}

// A binding holds as long as the address of its user and that of its person are the same. One that is missing is no change.
const sqlMoved = `
SELECT b.id, b.platform, b.address, ` + personColumns + `
  FROM bindings b
  JOIN people p ON b.party_kind = 'person' AND p.id = b.party_id
 WHERE b.platform = @platform AND b.team = @team AND b.user_id = @user AND b.ended_at IS NULL AND b.address <> ''
   AND @email <> '' AND lower(coalesce(nullif(p.email, ''), b.address)) <> lower(@email)
   FOR UPDATE OF b`

// AddressIs hears from a platform which address it has verified of a user; "" when it has none. A binding that another address made ends.
func (s *Store) AddressIs(ctx context.Context, u workflows.ChatUser, email string, now time.Time) error {
	return pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		var m addressBinding
		var p personScan
		err := tx.QueryRow(ctx, sqlMoved, with(chatUser(u), args{"email": email})).
			Scan(append([]any{&m.ID, &m.Platform, &m.Address}, p.dest()...)...)
		if errors.Is(err, pgx.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		m.Person = p.person()
		return endMoved(ctx, tx, m, now)
	})
}

const sqlUnbind = `
UPDATE bindings
   SET ended_at = @now, unlinked = @by_hand
 WHERE platform = @platform AND team = @team AND user_id = @user AND ended_at IS NULL
RETURNING id, platform, user_id, bound_at`

// Unbind ends what a chat user is known as, since their platform says that they are nobody any more; their buttons are dead from that
// moment.
func (s *Store) Unbind(ctx context.Context, u workflows.ChatUser, now time.Time) error {
	return unread(pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		_, err := endBindings(ctx, tx, sqlUnbind, with(chatUser(u), args{"by_hand": false, "now": now}))
		return err
	}))
}

const sqlUnbindAddress = `
UPDATE bindings
   SET ended_at = @now
 WHERE platform = @platform AND team = @team AND user_id = @user AND ended_at IS NULL AND address <> ''
RETURNING id, platform, user_id, bound_at`

// UnbindAddress hears from a platform that it vouches for a user's address no more, as for a guest's: a binding that the address made ends,
// one by a code stays.
func (s *Store) UnbindAddress(ctx context.Context, u workflows.ChatUser, now time.Time) error {
	return unread(pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		_, err := endBindings(ctx, tx, sqlUnbindAddress, with(chatUser(u), args{"now": now}))
		return err
	}))
}

const sqlBoundHere = `
SELECT b.party_id
  FROM bindings b
 WHERE b.platform = @platform AND b.team = @team AND b.user_id = @user AND b.ended_at IS NULL AND b.party_kind = 'person'
   FOR UPDATE`

// UnlinkChat does so because the user asks for it, and gives who they were: only a code makes them known again, their address does
// not. Where there are no codes, as in the web chat of the demonstration, that is refused. The same delivery again hears what the first
// one did, also when they were linked again meanwhile.
func (s *Store) UnlinkChat(ctx context.Context, c workflows.Cause, now time.Time) (workflows.Person, error) {
	if !slices.Contains(coded, c.Platform) {
		return workflows.Person{}, workflows.Refuse(workflows.NotNow, "unlink.none", nil)
	}
	came, err := s.once(ctx, c, now, func(tx pgx.Tx) (came outcome, err error) {
		err = tx.QueryRow(ctx, sqlBoundHere, chatUser(c.ChatUser)).Scan(&came.Person)
		if errors.Is(err, pgx.ErrNoRows) {
			return came, workflows.Refuse(workflows.Unknown, "person.unknown", nil)
		}
		if err == nil {
			_, err = endBindings(ctx, tx, sqlUnbind, with(chatUser(c.ChatUser), args{"by_hand": true, "now": now}))
		}
		return came, err
	})
	if err != nil {
		return workflows.Person{}, err
	}
	return s.Person(ctx, came.Person)
}

const sqlUnlink = `
UPDATE bindings b
   SET ended_at = @now, unlinked = true
  FROM people p
 WHERE b.party_kind = 'person' AND p.id = b.party_id AND p.employee_no = @no AND b.ended_at IS NULL
   AND b.platform = ANY (@platforms::text[])
RETURNING b.id, b.platform, b.user_id, b.bound_at`

// Binding is a chat that was somebody's.
type Binding struct {
	Platform, User string
	Since          time.Time
}

// Unlink ends a person's chats on a platform, on all when it is empty, and their link codes with them. It lists what it ended; NotFound
// when there is no such person.
func (s *Store) Unlink(ctx context.Context, employeeNo, platform string, now time.Time) (ended []Binding, err error) {
	p, err := s.PersonByNo(ctx, employeeNo)
	if errors.Is(err, &workflows.Error{Code: workflows.Unknown}) {
		return nil, workflows.Refuse(workflows.NotFound, "person.not_found", workflows.Args{"Value": employeeNo})
	}
	if err != nil {
		return nil, err
	}
	platforms := coded
	if platform != "" {
		platforms = []string{platform}
	}
	err = pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		if _, err = tx.Exec(ctx, sqlCodesEnd, args{"no": p.No, "platforms": platforms}); err != nil {
			return err
		}
		ended, err = endBindings(ctx, tx, sqlUnlink, args{"no": p.No, "platforms": platforms, "now": now})
		return err
	})
	return ended, err
}

// Who lets the bot in again is sent what has changed meanwhile.
const sqlReachable = `
WITH b AS (
	UPDATE bindings
	   SET gone_at = NULL
	 WHERE platform = @platform AND team = @team AND user_id = @user AND ended_at IS NULL
	RETURNING id
)
UPDATE cards c
   SET dead = false, attempts = 0, next_at = now()
  FROM b
 WHERE c.binding_id = b.id AND c.wanted > c.shown`

// What is the party's turn and has no card in the chat yet, since the chat is new or took nothing for a while.
const sqlMissedCards = `
INSERT INTO cards (subject_id, binding_id, platform, wanted, next_at)
SELECT s.id, b.id, b.platform, s.seq, now()
  FROM bindings b
  JOIN turns t ON b.party_kind = 'person' AND t.person_id = b.party_id AND t.state = 'open'
  JOIN subjects s ON s.id = t.request_id
 WHERE b.platform = @platform AND b.team = @team AND b.user_id = @user AND b.ended_at IS NULL
   AND NOT EXISTS (SELECT FROM cards c WHERE c.subject_id = s.id AND c.binding_id = b.id AND NOT c.folded)`

// reached notes that a chat takes messages, and has it get what waits for its party.
func reached(ctx context.Context, tx pgx.Tx, u workflows.ChatUser) error {
	if _, err := tx.Exec(ctx, sqlReachable, chatUser(u)); err != nil {
		return err
	}
	return waiting(ctx, tx, u)
}

const sqlBindingOf = `SELECT id FROM bindings WHERE platform = @platform AND team = @team AND user_id = @user AND ended_at IS NULL`

// Reachable notes that a chat takes messages again, or no more.
func (s *Store) Reachable(ctx context.Context, u workflows.ChatUser, reachable bool, now time.Time) error {
	who := chatUser(u)
	if reachable {
		return pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error { return reached(ctx, tx, u) })
	}
	var binding int64
	if err := s.pool.QueryRow(ctx, sqlBindingOf, who).Scan(&binding); errors.Is(err, pgx.ErrNoRows) {
		return nil // a stranger
	} else if err != nil {
		return err
	}
	return s.ChatGone(ctx, binding, now)
}

const sqlUnreached = `
SELECT ` + personColumns + `
  FROM people p
 WHERE p.id > @after AND p.active AND p.email <> ''
   AND ('admin' = ANY (p.roles)
    OR EXISTS (SELECT FROM turns t WHERE t.person_id = p.id AND t.state = 'open')
    OR EXISTS (SELECT FROM tasks t WHERE t.owner_id = p.id AND t.open)
    OR EXISTS (SELECT FROM plans l WHERE l.newcomer_id = p.id AND l.open)
    OR EXISTS (SELECT FROM plans l WHERE l.mentor_id = p.id AND l.open)
    OR EXISTS (SELECT FROM plans l WHERE l.manager_id = p.id AND l.open))
   AND NOT EXISTS (SELECT FROM bindings b WHERE b.party_kind = 'person' AND b.party_id = p.id AND b.platform = @platform
   AND b.ended_at IS NULL)
 ORDER BY p.id
 LIMIT @limit`

// Unreached lists people who are asked for something, have a task or take part in a plan, and administrators, who have no binding on a
// platform, since they may be found there by their address: the next of them after a person, by ID, so that a look at some goes on with
// the others.
func (s *Store) Unreached(ctx context.Context, platform string, after workflows.PersonID, limit int) ([]workflows.Person, error) {
	return s.people(ctx, sqlUnreached, args{"platform": platform, "after": int64(after), "limit": limit})
}

const sqlGoneChats = `
SELECT p.employee_no || ' ' || p.name || ' (' || b.platform || ')'
  FROM bindings b
  JOIN people p ON b.party_kind = 'person' AND p.id = b.party_id
 WHERE b.gone_at IS NOT NULL AND b.ended_at IS NULL AND p.active
 ORDER BY b.gone_at DESC
 LIMIT 20`

// GoneChats names people one of whose chats takes no more messages: they have blocked the bot, or the channel is archived.
func (s *Store) GoneChats(ctx context.Context) ([]string, error) {
	rows, err := s.pool.Query(ctx, sqlGoneChats)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

const sqlChannel = `
SELECT b.channel
  FROM bindings b
 WHERE b.platform = @platform AND b.team = @team AND b.user_id = @user AND b.ended_at IS NULL`

// Channel gives the direct channel between the bot and a chat user; empty: none is kept, or they are nobody.
func (s *Store) Channel(ctx context.Context, u workflows.ChatUser) (channel string, err error) {
	err = s.pool.QueryRow(ctx, sqlChannel, chatUser(u)).Scan(&channel)
	if errors.Is(err, pgx.ErrNoRows) {
		return "", nil
	}
	return channel, err
}

const sqlChannelKeep = `
UPDATE bindings
   SET channel = @channel
 WHERE platform = @platform AND team = @team AND user_id = @user AND ended_at IS NULL AND channel <> @channel`

// KeepChannel keeps it beside the binding of a user who has one; empty forgets it.
func (s *Store) KeepChannel(ctx context.Context, u workflows.ChatUser, channel string) error {
	_, err := s.pool.Exec(ctx, sqlChannelKeep, with(chatUser(u), args{"channel": channel}))
	return err
}
