package storage

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/nod-chat/nod/workflows"
)

const sqlSaveDefinition = `
INSERT INTO definitions (hash, kind, body, added_at)
VALUES (@hash, @kind, @body, @at)
ON CONFLICT (hash) DO NOTHING`

// SaveDefinition keeps a definition under its hash.
func (s *Store) SaveDefinition(ctx context.Context, hash string, d workflows.Definition, at time.Time) error {
	body, err := json.Marshal(d)
	if err != nil {
		return fmt.Errorf("encode definition of %s: %w", d.Kind, err)
	}
	_, err = s.pool.Exec(ctx, sqlSaveDefinition, args{"hash": hash, "kind": string(d.Kind), "body": string(body), "at": at})
	return err
}

const sqlDefinition = `SELECT d.body FROM definitions d WHERE d.hash = @hash`

// Definition finds the definition with a hash.
func (s *Store) Definition(ctx context.Context, hash string) (workflows.Definition, error) {
	var d workflows.Definition
	var body []byte
	err := s.pool.QueryRow(ctx, sqlDefinition, args{"hash": hash}).Scan(&body)
	if errors.Is(err, pgx.ErrNoRows) {
		return d, fmt.Errorf("no definition %s is stored", hash)
	}
	if err != nil {
		return d, unread(err)
	}
	return d, json.Unmarshal(body, &d)
}

// A walk along the index from one definition to the next, so that however much is open is not read.
const sqlOpenDefinitions = `
WITH RECURSIVE d AS (
	(SELECT s.definition FROM subjects s WHERE NOT s.final AND s.definition > '' ORDER BY s.definition LIMIT 1)
	UNION ALL
	SELECT (SELECT s.definition FROM subjects s WHERE NOT s.final AND s.definition > d.definition ORDER BY s.definition LIMIT 1)
	  FROM d
	 WHERE d.definition IS NOT NULL
)
SELECT d.definition FROM d WHERE d.definition IS NOT NULL`

// OpenDefinitions lists the definitions that what is under way still uses.
func (s *Store) OpenDefinitions(ctx context.Context) ([]string, error) {
	rows, err := s.pool.Query(ctx, sqlOpenDefinitions)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}
