package main

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/rogpeppe/go-internal/testscript"
	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/simplifiedchinese"

	"github.com/nod-chat/nod/bot/web"
	"github.com/nod-chat/nod/cmd/nod/sample"
	"github.com/nod-chat/nod/storage"
	"github.com/nod-chat/nod/storage/storagetest"
	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/catalog"
	"github.com/nod-chat/nod/workflows/engine"
	"github.com/nod-chat/nod/workflows/policy"
)

// TestMain lets the test binary be the program itself, for tests that need a process of their own.
func TestMain(m *testing.M) {
	if os.Getenv("NOD_RUN_MAIN") == "1" {
		main()
		return
	}
	testscript.Main(m, map[string]func(){"nod": main})
}

// Each file of testdata/cli is a session at the command line, with a database of its own. Beside testscript's commands it has:
//
//	sample                          the sample company is imported
//	leave WHO TYPE FROM TO REASON   somebody asks for leave in the web chat
//	claim WHO FIELD=VALUE …         somebody claims expenses there
//	press WHO EVENT NUMBER COMMENT  somebody presses a button there
//	owner SQL                       an attacker with the owner's rights
//	gb18030 FILE                    a file is saved in that encoding
//	serves FILE                     a server of this machine gives a file at $URL
//	workbook CSV XLSX               a file is saved as a workbook, its dates, numbers and ticks as such
//	sheet XLSX CSV                  the other way round
//
// $TODAY is today, and $LASTMONTH the last day of the month before. $MONDAY and $WEDNESDAY are days of one week, a few weeks ahead. $KINDS lists the kinds of requests that there are.
func TestScripts(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/cli/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no scripts", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			t.Parallel()
			db := storagetest.New(t)
			o := office{t: t, db: db, store: storagetest.Connect(t, db)}
			testscript.Run(t, testscript.Params{
				Files: []string{file},
				Setup: o.setup,
				Cmds: map[string]func(*testscript.TestScript, bool, []string){
					"sample": o.command(o.sample), "leave": o.command(o.leave), "press": o.command(o.press), "owner": o.command(o.owner), "claim": o.command(o.claim),
					"sheet": func(ts *testscript.TestScript, _ bool, args []string) {
						ts.Check(fromWorkbook(ts.MkAbs(args[0]), ts.MkAbs(args[1])))
					},
					"gb18030": func(ts *testscript.TestScript, _ bool, args []string) { ts.Check(toGB18030(ts.MkAbs(args[0]))) },
					"serves":  serves,
					"workbook": func(ts *testscript.TestScript, _ bool, args []string) {
						ts.Check(toWorkbook(ts.MkAbs(args[0]), ts.MkAbs(args[1])))
					},
				},
			})
		})
	}
}

// office is what surrounds a session.
type office struct {
	t     *testing.T
	db    storagetest.Database
	store *storage.Store
}

func (o office) setup(e *testscript.Env) error {
	week := workflows.DateOf(monday())
	var kinds []string
	for _, b := range catalog.Kinds() {
		kinds = append(kinds, string(b.Definition.Kind))
	}
	e.Setenv("DATABASE_URL", o.db.URL)
	e.Setenv("OWNER_URL", o.db.Owner)
	e.Setenv("REDIS_URL", os.Getenv("REDIS_URL"))
	e.Setenv("TZ", "Asia/Shanghai")
	e.Setenv("GORACE", "atexit_sleep_ms=0") // under the race detector each command would sleep for a second when it ends
	e.Setenv("KINDS", strings.Join(kinds, ", "))
	today := workflows.DateOf(time.Now().In(workflows.Zone("Asia/Shanghai")))
	e.Setenv("TODAY", today.String())
	e.Setenv("LASTMONTH", today.AddDays(-today.Day).String()) // its last day
	e.Setenv("MONDAY", week.String())
	e.Setenv("WEDNESDAY", week.AddDays(2).String())
	return nil
}

// command makes a script's command of a function; "!" before it wants a refusal.
func (o office) command(f func(ctx context.Context, args []string) error) func(*testscript.TestScript, bool, []string) {
	return func(ts *testscript.TestScript, refused bool, args []string) {
		err := f(o.t.Context(), args)
		if (err != nil) != refused {
			ts.Fatalf("got %v", err)
		}
	}
}

// serves gives a file at $URL until the script ends.
func serves(ts *testscript.TestScript, _ bool, args []string) {
	content := []byte(ts.ReadFile(args[0]))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Write(content) }))
	ts.Defer(server.Close)
	ts.Setenv("URL", server.URL+"/"+args[0])
}

func (o office) sample(ctx context.Context, _ []string) error {
	return sample.Load(ctx, o.store, time.Now())
}

func (o office) engine(ctx context.Context) (*engine.Engine, error) {
	return engine.New(ctx, o.store, policy.Default(), &workflows.Clock{})
}

func (o office) cause(who string) workflows.Cause {
	return workflows.Cause{ChatUser: workflows.ChatUser{Platform: web.Platform, Team: web.Team, User: who}, Key: fmt.Sprint(time.Now().UnixNano())}
}

func (o office) leave(ctx context.Context, args []string) error {
	e, err := o.engine(ctx)
	if err != nil {
		return err
	}
	requester, err := o.store.PersonByNo(ctx, args[0])
	if err != nil {
		return err
	}
	form := workflows.Form{"type": args[1], "from": args[2], "to": args[3], "reason": args[4]}
	_, err = e.Submit(ctx, o.cause(args[0]), "leave", requester, form)
	return err
}

// claim reads "E003 category=meal date=2026-11-27 amount=86.50 currency=CNY".
func (o office) claim(ctx context.Context, args []string) error {
	e, err := o.engine(ctx)
	if err != nil {
		return err
	}
	requester, err := o.store.PersonByNo(ctx, args[0])
	if err != nil {
		return err
	}
	form := workflows.Form{}
	for _, pair := range args[1:] {
		field, value, _ := strings.Cut(pair, "=")
		form[field] = value
	}
	_, err = e.Submit(ctx, o.cause(args[0]), "expense", requester, form)
	return err
}

func (o office) press(ctx context.Context, args []string) error {
	e, err := o.engine(ctx)
	if err != nil {
		return err
	}
	ref, err := e.Find(ctx, args[2])
	if err != nil {
		return err
	}
	r, err := o.store.Request(ctx, ref.ID)
	if err != nil {
		return err
	}
	_, err = e.Act(ctx, o.cause(args[0]), ref.ID, workflows.Act{Event: workflows.Event(args[1]), Digest: r.Digest, Comment: strings.Join(args[3:], " ")})
	return err
}

func (o office) owner(ctx context.Context, args []string) error {
	conn, err := pgx.Connect(ctx, o.db.Owner)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, strings.Join(args, " "))
	return err
}

func toGB18030(path string) error {
	content, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	encoded, err := simplifiedchinese.GB18030.NewEncoder().Bytes(content)
	return errors.Join(err, os.WriteFile(path, encoded, 0o600))
}

// fromWorkbook writes the first sheet of a workbook as CSV, with the values that its cells hold.
func fromWorkbook(from, to string) error {
	book, err := excelize.OpenFile(from)
	if err != nil {
		return err
	}
	defer book.Close()
	rows, err := book.GetRows(book.GetSheetName(0))
	if err != nil {
		return err
	}
	file, err := os.Create(to)
	if err != nil {
		return err
	}
	w := csv.NewWriter(file)
	return errors.Join(w.WriteAll(rows), file.Close())
}

func toWorkbook(from, to string) error {
	file, err := os.Open(from)
	if err != nil {
		return err
	}
	defer file.Close()
	records, err := csv.NewReader(file).ReadAll()
	if err != nil {
		return err
	}
	book := excelize.NewFile()
	defer book.Close()
	for i, record := range records {
		var cells []any
		for _, cell := range record {
			var value any = cell
			if day, err := time.Parse(time.DateOnly, cell); err == nil {
				value = day
			} else if yes, err := strconv.ParseBool(cell); err == nil && len(cell) > 1 {
				value = yes
			} else if n, err := strconv.Atoi(cell); err == nil && strconv.Itoa(n) == cell {
				value = n
			}
			cells = append(cells, value)
		}
		if err := book.SetSheetRow("Sheet1", fmt.Sprintf("A%d", i+1), &cells); err != nil {
			return err
		}
	}
	return book.SaveAs(to)
}
