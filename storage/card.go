package storage

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/nod-chat/nod/workflows"
)

// leaseSeconds is how long a claimed card or notice is left to its claimer, by the database's own clock. It is longer than a send may wait
// behind others (15 s) and take (10 s). A replica that is gone loses its claims sooner: replica.go.
const leaseSeconds = 30

// What has waited longest and what has just come take turns, so that neither keeps the other waiting. Where there are no more than the
// oldest, nobody looks for the newest. Each platform has its own stretch of the index, so that a claim reads no more than it takes,
// whatever waits. Postgres plans for a tenth of all that waits, whatever the limit; LATERAL … OFFSET 0 and = ANY (ARRAY…) have it look
// up by key what belongs to the few.
const (
	cardsDue = `
	SELECT c.id, c.next_at, c.subject_id, c.binding_id
	  FROM cards c
	 WHERE c.wanted > c.shown AND NOT c.dead AND c.platform = @platform AND c.next_at <= now() AND c.binding_id <> ALL (@busy::bigint[])`
	claimedCards = `, next AS (
	SELECT * FROM oldest UNION ALL SELECT * FROM newest
)
UPDATE cards c
   SET attempts = c.attempts + 1, next_at = now() + @lease * interval '1 second', claimed_by = nullif(@me, 0), again = false
  FROM next,
       LATERAL (SELECT s.kind, s.id, s.number FROM subjects s WHERE s.id = next.subject_id OFFSET 0) s,
       LATERAL (SELECT b.* FROM bindings b WHERE b.id = next.binding_id OFFSET 0) b,
       LATERAL (SELECT p.language, p.timezone FROM parties p WHERE p.kind = b.party_kind AND p.id = b.party_id OFFSET 0) p
 WHERE c.id = next.id AND c.id = ANY (ARRAY(SELECT id FROM next))
RETURNING c.id::text, s.kind, s.id::text, s.number, b.party_kind, b.party_id, p.language, p.timezone, b.platform, b.team, b.user_id, b.id,
          c.folded, coalesce(c.reference, ''), c.hash, c.redraw, c.attempts, c.lost, c.wanted, next.next_at, b.ended_at IS NOT NULL`
	oldestCards = ` ORDER BY c.next_at LIMIT @oldest FOR UPDATE OF c SKIP LOCKED`
	newestCards = notOldest + ` AND c.id <> ALL (ARRAY(SELECT id FROM oldest))
	 ORDER BY c.next_at DESC LIMIT @newest FOR UPDATE OF c SKIP LOCKED`
	notPosted = ` AND c.reference IS NULL`
	posted    = ` AND c.reference IS NOT NULL`
)

const sqlPostsClaim = `WITH oldest AS (` + cardsDue + notPosted + oldestCards + `),
newest AS (` + cardsDue + notPosted + newestCards + `)` + claimedCards

const sqlEditsClaim = `WITH oldest AS (` + cardsDue + posted + oldestCards + `),
newest AS (` + cardsDue + posted + newestCards + `)` + claimedCards

// ClaimPosts claims cards that have to be posted.
func (s *Store) ClaimPosts(ctx context.Context, c workflows.Claim) ([]workflows.CardItem, error) {
	return s.claimCards(ctx, sqlPostsClaim, c)
}

// ClaimEdits claims posted cards that have to be drawn again.
func (s *Store) ClaimEdits(ctx context.Context, c workflows.Claim) ([]workflows.CardItem, error) {
	return s.claimCards(ctx, sqlEditsClaim, c)
}

func (s *Store) claimCards(ctx context.Context, sql string, c workflows.Claim) ([]workflows.CardItem, error) {
	rows, err := s.pool.Query(ctx, sql, s.claimArgs(c))
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (workflows.CardItem, error) {
		var c workflows.CardItem
		err := row.Scan(&c.ID, &c.Subject.Kind, &c.Subject.ID, &c.Subject.Number, &c.To.Party.Kind, &c.To.Party.ID, &c.To.Language,
			&c.To.Zone, &c.To.Platform, &c.To.Team, &c.To.User, &c.To.Binding, &c.Folded, &c.Reference, &c.Hash, &c.Redraw, &c.Attempts,
			&c.Lost, &c.Wanted, &c.Since, &c.To.Ended)
		return c, err
	})
}

func (s *Store) claimArgs(c workflows.Claim) args {
	if c.Busy == nil { // nothing is compared with NULL
		c.Busy = []int64{}
	}
	return args{"platform": c.Platform, "oldest": c.Oldest, "newest": c.Newest, "busy": c.Busy, "lease": leaseSeconds,
		"me": s.replica.Load()}
}

// A request that changed while its card was being drawn leaves wanted > shown, and next_at lets it be claimed at once. Somebody who
// slept through their lease may have drawn an older state over a newer one, before or after another's: then attempts is no longer what
// it was when they claimed the card, and it is drawn once more.
const sqlCardShown = `
UPDATE cards c
   SET reference = nullif(@reference::text, ''),
       shown = CASE WHEN c.again OR c.shown > @seq::integer OR c.attempts <> @attempts::integer THEN c.wanted - 1 ELSE @seq::integer END,
       revision = @revision::integer, hash = @hash::text,
       redraw = c.again AND c.redraw OR c.shown > @seq::integer OR c.attempts <> @attempts::integer,
       facts = @facts::json, attempts = 0, lost = false,
       next_at = now(), posted_at = coalesce(c.posted_at, @now::timestamptz), claimed_by = NULL
  FROM @each
 WHERE c.id = @id::uuid`

// Such a sleeper may even have posted the card a second time. The message that is known so far then becomes an older card, which folds.
const sqlCardTwice = `
INSERT INTO cards (subject_id, binding_id, platform, folded, reference, wanted, next_at)
SELECT c.subject_id, c.binding_id, c.platform, true, c.reference, c.wanted, now()
  FROM @each
  JOIN cards c ON c.id = @id::uuid
 WHERE @reference::text <> '' AND c.reference <> @reference::text
   FOR UPDATE OF c`

// CardShown records what a card shows now.
func (s *Store) CardShown(ctx context.Context, c workflows.CardShown, now time.Time) error {
	var facts any
	if c.Facts != nil {
		facts = string(c.Facts)
	}
	trip := &Trip{}
	trip.Queue(sqlCardTwice, args{"id": c.ID, "reference": c.Reference})
	trip.Queue(sqlCardShown, args{"id": c.ID, "reference": c.Reference, "seq": c.Seq, "revision": c.Revision, "hash": c.Hash,
		"facts": facts, "now": now, "attempts": c.Attempts})
	return s.shared(ctx, c.ID, trip)
}

const sqlCardRetry = `
UPDATE cards
   SET next_at = now() + @wait * interval '1 millisecond', claimed_by = NULL, lost = lost OR @lost,
       reference = CASE WHEN @missing THEN NULL ELSE reference END,
       dead = dead OR @missing AND redraw AND EXISTS (SELECT FROM subjects s WHERE s.id = subject_id AND s.final)
 WHERE id = @id`

// RetryCard puts a card off. lost: a post's answer was lost; missing: the message to edit is gone, so that a new one has to be posted,
// unless it had been shown to its end and was only to be drawn again, as after an erasure.
func (s *Store) RetryCard(ctx context.Context, id string, after time.Duration, lost, missing bool) error {
	_, err := s.pool.Exec(ctx, sqlCardRetry, args{"id": id, "wait": after.Milliseconds(), "lost": lost, "missing": missing})
	return err
}

// What was claimed and not tried is as if it had not been claimed, its age too, unless somebody else has claimed it since. One whose
// request changed meanwhile is new.
const sqlCardUntried = `
UPDATE cards
   SET attempts = attempts - 1, next_at = CASE WHEN wanted = @wanted THEN @since ELSE now() END, claimed_by = NULL
 WHERE id = @id AND attempts = @attempts`

// CardUntried gives back a claimed card that was not tried.
func (s *Store) CardUntried(ctx context.Context, c workflows.CardItem) error {
	_, err := s.pool.Exec(ctx, sqlCardUntried, args{"id": c.ID, "attempts": c.Attempts, "wanted": c.Wanted, "since": c.Since})
	return err
}

const sqlBindingGone = `
UPDATE bindings b
   SET gone_at = @now
  FROM parties p
 WHERE b.id = @binding AND b.gone_at IS NULL AND p.kind = b.party_kind AND p.id = b.party_id
RETURNING b.platform, coalesce((SELECT e.employee_no FROM people e WHERE b.party_kind = 'person' AND e.id = b.party_id),
          b.party_kind || ' ' || b.party_id), p.name, b.ended_at IS NULL AND p.active`

const sqlCardsDead = `UPDATE cards SET dead = true WHERE binding_id = @binding AND wanted > shown`

// ChatGone notes that a chat takes no more messages, and has the administrators told.
func (s *Store) ChatGone(ctx context.Context, binding int64, now time.Time) error {
	return pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		var platform, no, name string
		var matters bool
		err := tx.QueryRow(ctx, sqlBindingGone, args{"binding": binding, "now": now}).Scan(&platform, &no, &name, &matters)
		if err != nil && !errors.Is(err, pgx.ErrNoRows) { // no row: it is known already
			return err
		}
		if _, err := tx.Exec(ctx, sqlCardsDead, args{"binding": binding}); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, sqlNoticesRoute, args{"bindings": []int64{binding}}); err != nil || !matters {
			return err
		}
		return alert(ctx, tx, platform+".gone:"+no, "alert.gone", workflows.Args{"No": no, "Name": name, "Platform": platform}, now)
	})
}

// drawAgain has a card drawn again, though its subject is what it was. What is already being sent stays its sender's, and is drawn again
// behind that.
const (
	drawAgain = `shown = least(c.shown, c.wanted - 1), again = c.attempts > 0,
       next_at = CASE WHEN c.attempts = 0 THEN now() ELSE c.next_at END`
	// A card that nobody has begun to draw shows anyway what is so then.
	drawn = `NOT c.dead AND (c.reference IS NOT NULL OR c.attempts > 0)`
)

const sqlRefresh = `
UPDATE cards c
   SET redraw = true, ` + drawAgain + `
  FROM bindings b
 WHERE b.id = c.binding_id AND c.subject_id = @subject AND b.party_kind = @kind AND b.party_id = @party AND ` + drawn

// Refresh has a party's cards of a subject drawn again, whatever they are believed to show.
func (s *Store) Refresh(ctx context.Context, id workflows.SubjectID, to workflows.Party) error {
	_, err := s.pool.Exec(ctx, sqlRefresh, args{"subject": string(id), "kind": string(to.Kind), "party": to.ID})
	return err
}

const sqlRedraw = `
UPDATE cards c
   SET redraw = true, ` + drawAgain + `
  FROM subjects s
 WHERE s.id = c.subject_id AND NOT s.final AND ` + drawn

// Redraw has every card of what is open drawn again and tells how many there are.
func (s *Store) Redraw(ctx context.Context) (int64, error) {
	done, err := s.pool.Exec(ctx, sqlRedraw)
	return done.RowsAffected(), err
}

const sqlRedrawSubject = `
UPDATE cards c
   SET ` + drawAgain + `
 WHERE c.subject_id = @subject AND NOT c.folded AND ` + drawn

// RedrawSubject has everybody's cards of a subject drawn again: something that they show has changed, and not the subject itself.
func (s *Store) RedrawSubject(ctx context.Context, id workflows.SubjectID) error {
	_, err := s.pool.Exec(ctx, sqlRedrawSubject, args{"subject": string(id)})
	return err
}

const sqlCardDrop = `UPDATE cards SET dead = true, claimed_by = NULL WHERE id = @id`

// DropCard ends a card whose party may not see its subject any more. What stands in the chat stays as it is.
func (s *Store) DropCard(ctx context.Context, id string) error {
	_, err := s.pool.Exec(ctx, sqlCardDrop, args{"id": id})
	return err
}
