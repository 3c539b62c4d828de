package storage

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
)

const sqlDraftSave = `
INSERT INTO drafts (owner, form, state, saved_at)
VALUES (@owner, @form, @state, now())
ON CONFLICT (owner, form) DO UPDATE SET state = excluded.state, saved_at = excluded.saved_at`

// SaveDraft keeps a form that is half filled in while Redis is away.
func (s *Store) SaveDraft(ctx context.Context, owner, form string, state []byte) error {
	_, err := s.pool.Exec(ctx, sqlDraftSave, args{"owner": owner, "form": form, "state": state})
	return err
}

const sqlDraft = `SELECT d.state FROM drafts d WHERE d.owner = @owner AND d.form = @form AND d.saved_at > now() - interval '1 day'`

// LoadDraft finds a form that was kept within the last day.
func (s *Store) LoadDraft(ctx context.Context, owner, form string) (state []byte, found bool, err error) {
	err = s.pool.QueryRow(ctx, sqlDraft, args{"owner": owner, "form": form}).Scan(&state)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, false, nil
	}
	return state, err == nil, err
}

const sqlDraftDrop = `DELETE FROM drafts WHERE owner = @owner AND form = @form`

// DropDraft forgets a form; that there is none is no fault.
func (s *Store) DropDraft(ctx context.Context, owner, form string) error {
	_, err := s.pool.Exec(ctx, sqlDraftDrop, args{"owner": owner, "form": form})
	return err
}
