package storage_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/nod-chat/nod/storage"
	"github.com/nod-chat/nod/storage/storagetest"
)

// Every statement is a constant whose name begins with sql; each is prepared against the migrated database, as it is sent for one and for many.
func TestEveryStatementPrepares(t *testing.T) {
	texts := constants(t, ".")
	db := storagetest.New(t)
	conn, err := pgx.Connect(t.Context(), db.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	n := 0
	for name, sql := range texts {
		if !strings.HasPrefix(name, "sql") {
			continue
		}
		n++
		alone, many := storage.Forms(sql)
		for _, form := range []string{alone, many} {
			if form == "" {
				continue
			}
			if _, err := conn.Prepare(t.Context(), "", form); err != nil {
				t.Errorf("%s: %v\n%s", name, err, form)
			}
		}
	}
	if n < 40 {
		t.Errorf("only %d statements were found", n)
	}
}

// constants reads a package's string constants, with those they are put together from.
func constants(t *testing.T, dir string) map[string]string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	exprs := map[string]ast.Expr{}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range f.Decls {
			g, ok := d.(*ast.GenDecl)
			if !ok || g.Tok != token.CONST {
				continue
			}
			for _, s := range g.Specs {
				v := s.(*ast.ValueSpec)
				for i, name := range v.Names {
					if i < len(v.Values) {
						exprs[name.Name] = v.Values[i]
					}
				}
			}
		}
	}
	var text func(e ast.Expr) (string, bool)
	text = func(e ast.Expr) (string, bool) {
		switch e := e.(type) {
		case *ast.BasicLit:
			s, err := strconv.Unquote(e.Value)
			return s, err == nil && e.Kind == token.STRING
		case *ast.Ident:
			return text(exprs[e.Name])
		case *ast.BinaryExpr:
			a, ok := text(e.X)
			b, fine := text(e.Y)
			return a + b, ok && fine
		}
		return "", false
	}
	texts := map[string]string{}
	for name, e := range exprs {
		if s, ok := text(e); ok {
			texts[name] = s
		}
	}
	return texts
}
