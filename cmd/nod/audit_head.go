package main

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"regexp"
	"strconv"

	"github.com/nod-chat/nod/storage"
	"github.com/nod-chat/nod/workflows"
)

type auditHead struct{}

// Help shows an example.
func (auditHead) Help() string {
	return `Prints a line for each request, NUMBER KIND SEQ HASH ID, with the hash of its newest record, and as the last line the ` +
		`SHA-256 of the lines before it and their count. Kept where nobody who runs the database can reach it, it shows later what ` +
		`even they took away: nod audit verify -against FILE.

Example: nod audit head > heads-2026-11-30.txt`
}

// Run prints the heads.
func (auditHead) Run(ctx context.Context, p *program) error {
	d, err := openDesk(ctx, p)
	if err != nil {
		return err
	}
	defer d.close()
	out := bufio.NewWriter(p.stdout)
	sum, n := sha256.New(), 0
	err = d.store.Heads(ctx, func(h storage.Head) error {
		n++
		_, err := fmt.Fprintln(io.MultiWriter(out, sum), headLine(h))
		return err
	})
	if err != nil {
		return err
	}
	fmt.Fprintln(out, lastLine(sum, n))
	return out.Flush()
}

// headLine writes a head. The number may have spaces, when it is an ERP's; what follows has none.
func headLine(h storage.Head) string {
	ref := h.Ref
	return fmt.Sprintf("%s %s %d %x %s", workflows.InertLine(ref.Number), workflows.InertLine(string(ref.Kind)), h.Seq, h.Hash, ref.ID)
}

func lastLine(sum hash.Hash, n int) string { return fmt.Sprintf("sha256 %x %d", sum.Sum(nil), n) }

var headShape = regexp.MustCompile(`^(.+) (\S+) (\d{1,9}) ([0-9a-f]{64}) ([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$`)

// readHeads reads what nod audit head printed, some lines at a time. A file that is not whole is an error at its end.
func readHeads(r io.Reader, take func([]storage.Head) error) (count int, err error) {
	const atOnce = 500
	sum := sha256.New()
	var heads []storage.Head
	last := ""
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		if last != "" {
			return count, errors.New("something follows its last line")
		}
		line := lines.Text()
		m := headShape.FindStringSubmatch(line)
		if m == nil {
			last = line
			continue
		}
		count++
		fmt.Fprintln(sum, line)
		seq, _ := strconv.Atoi(m[3])
		hash, _ := hex.DecodeString(m[4])
		heads = append(heads, storage.Head{Seq: seq, Hash: hash,
			Ref: workflows.Ref{Number: m[1], Kind: workflows.KindName(m[2]), ID: workflows.SubjectID(m[5])}})
		if len(heads) == atOnce {
			if err := take(heads); err != nil {
				return count, err
			}
			heads = heads[:0]
		}
	}
	if err := lines.Err(); err != nil {
		return count, err
	}
	if err := take(heads); err != nil {
		return count, err
	}
	if last != lastLine(sum, count) {
		return count, errors.New("its last line is not the digest of those before it, so it was changed or is not whole")
	}
	return count, nil
}

// against compares the audit with heads that were kept, and prints which are lost.
func (d *desk) against(ctx context.Context, p *program, name string) error {
	file := p.stdin
	if name != "-" {
		opened, err := os.Open(name)
		if err != nil {
			return err
		}
		defer opened.Close()
		file = opened
	}
	n := 0
	count, err := readHeads(file, func(heads []storage.Head) error {
		lost, err := d.store.LostHeads(ctx, heads)
		n += len(lost)
		for _, sentence := range lost {
			fmt.Fprintln(p.stdout, workflows.InertLine(sentence))
		}
		return err
	})
	switch {
	case err != nil:
		err = fmt.Errorf("%s: %w", name, err)
	case n == 0:
		fmt.Fprintf(p.stdout, "all %d heads of %s are still there\n", count, name)
	}
	switch n {
	case 0:
		return err
	case 1:
		return errors.Join(err, errors.New("1 chain is not what it was when its head was kept; whoever did that owns the database"))
	}
	return errors.Join(err, fmt.Errorf("%d chains are not what they were when their heads were kept; whoever did that owns the "+
		"database", n))
}
