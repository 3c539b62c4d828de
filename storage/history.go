package storage

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/database"
)

// history is goose's table of applied migrations. Its comment tells what was in their files, and is written in the transaction of each
// migration, so that whenever a program is killed both are there or neither.
type history struct {
	database.Store
	files fs.FS
}

// TableExists spares the database's log the error of a look at a table that is not there.
func (h history) TableExists(ctx context.Context, db database.DBTxConn) (exists bool, err error) {
	err = db.QueryRowContext(ctx, "SELECT to_regclass('"+h.Tablename()+"') IS NOT NULL").Scan(&exists)
	return exists, err
}

// Insert notes that a migration is applied.
func (h history) Insert(ctx context.Context, db database.DBTxConn, req database.InsertRequest) error {
	return h.stamped(ctx, db, func(db database.DBTxConn) error { return h.Store.Insert(ctx, db, req) })
}

// Delete notes that a migration is taken back.
func (h history) Delete(ctx context.Context, db database.DBTxConn, version int64) error {
	return h.stamped(ctx, db, func(db database.DBTxConn) error { return h.Store.Delete(ctx, db, version) })
}

// stamped writes down a change of the history and the comment that goes with it.
func (h history) stamped(ctx context.Context, db database.DBTxConn, change func(database.DBTxConn) error) error {
	conn, bare := db.(*sql.Conn) // of a migration that runs outside a transaction
	if !bare {
		if err := change(db); err != nil {
			return err
		}
		return h.stamp(ctx, db)
	}
	tx, err := conn.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if err := h.stamped(ctx, tx, change); err != nil {
		return err
	}
	return tx.Commit()
}

func (h history) stamp(ctx context.Context, db database.DBTxConn) error {
	list, err := h.ListMigrations(ctx, db)
	if err != nil {
		return err
	}
	var applied []int64
	for _, m := range list {
		applied = append(applied, m.Version)
	}
	made, _, err := h.fingerprint(applied)
	if err != nil {
		return err
	}
	_, err = db.ExecContext(ctx, "COMMENT ON TABLE "+h.Tablename()+" IS '"+made+"'")
	return err
}

const byNod = "nod sha256:"

// fingerprint digests the files of the applied versions. unknown is a version that has none; zero: each has one.
func (h history) fingerprint(applied []int64) (made string, unknown int64, err error) {
	names, err := fs.Glob(h.files, "*.sql")
	if err != nil {
		return "", 0, err
	}
	left := slices.Clone(applied)
	sum := sha256.New()
	for _, name := range names { // in their order
		version, err := goose.NumericComponent(name)
		if err != nil {
			return "", 0, err
		}
		if !slices.Contains(applied, version) {
			continue
		}
		content, err := fs.ReadFile(h.files, name)
		if err != nil {
			return "", 0, err
		}
		fmt.Fprintf(sum, "%d:%d:%s;", version, len(content), content)
		left = slices.DeleteFunc(left, func(v int64) bool { return v == version })
	}
	left = slices.DeleteFunc(left, func(v int64) bool { return v == 0 }) // goose's own, before the first
	if len(left) > 0 {
		unknown = slices.Max(left)
	}
	return byNod + hex.EncodeToString(sum.Sum(nil)), unknown, nil
}

// check finds out whether the database was made by these files, or has nothing in it yet.
func (h history) check(ctx context.Context, db *sql.DB) error {
	if exists, err := h.TableExists(ctx, db); err != nil || !exists {
		return err
	}
	// One statement, since another replica may be migrating at this moment.
	rows, err := db.QueryContext(ctx, `
SELECT version_id, coalesce(obj_description('`+h.Tablename()+`'::regclass, 'pg_class'), '')
  FROM `+h.Tablename()+`
 WHERE is_applied`)
	if err != nil {
		return err
	}
	defer rows.Close()
	var applied []int64
	var version int64
	var comment string
	for rows.Next() {
		if err := rows.Scan(&version, &comment); err != nil {
			return err
		}
		applied = append(applied, version)
	}
	if err := rows.Err(); err != nil {
		return err
	}
	made, unknown, err := h.fingerprint(applied)
	switch {
	case err != nil:
		return err
	case unknown > 0 && strings.HasPrefix(comment, byNod):
		return unknownVersion(unknown)
	case comment != made:
		return ErrOldSchema
	}
	return nil
}
