package web

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/plan"
	shipped "github.com/nod-chat/nod/workflows/policy"
	"github.com/nod-chat/nod/workflows/task"
)

// emoji are what a machine without a font for them shows as an empty box.
var emoji = regexp.MustCompile(`[\x{2300}-\x{23FF}\x{2600}-\x{27BF}\x{1F000}-\x{1FAFF}\x{2B00}-\x{2BFF}]\x{FE0F}?`)

// Each emoji of a text begins it and has a drawing here, and the page itself has none.
func TestEveryEmojiHasAPicture(t *testing.T) {
	sources, seen := []fs.FS{os.DirFS("../texts"), task.Texts, plan.Texts}, 0
	for _, k := range shipped.Default().Kinds() {
		sources = append(sources, k.Texts)
	}
	line := regexp.MustCompile(`(?m)^"?([a-z_.]+)"? = "(.*)"$`)
	for _, source := range sources {
		for _, lang := range workflows.Languages {
			content, err := fs.ReadFile(source, lang+".toml")
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range line.FindAllStringSubmatch(string(content), -1) {
				for _, at := range emoji.FindAllStringIndex(m[2], -1) {
					seen++
					if sign := m[2][at[0]:at[1]]; at[0] != 0 || pictures[sign] == "" {
						t.Errorf("%s in %s: %s has no picture, or stands within the text", m[1], lang, sign)
					}
				}
			}
		}
	}
	if seen < 20 {
		t.Errorf("only %d emoji were found", seen)
	}
	for _, pattern := range []string{"templates/*", "texts/*", "static/*"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatal(pattern, err)
		}
		for _, file := range files {
			content, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if found := emoji.FindAllString(string(content), -1); len(found) > 0 {
				t.Errorf("%s has %q", file, found)
			}
		}
	}
}

// A text is drawn with its emoji as a picture, and with all else as text.
func TestIllustrated(t *testing.T) {
	for text, want := range map[string]string{
		"⏰ Lin <b>":       string(pictures["⏰"]) + "Lin &lt;b&gt;",
		"⚠️ \u202Etxt":    string(pictures["⚠️"]) + `\u202Etxt`,
		"no picture":      "no picture",
		"it is ⏰":         "it is ⏰",
		"<svg onload=x>📎": "&lt;svg onload=x&gt;📎",
		"📎📅 Lin":          string(pictures["📎"]) + "📅 Lin", // what is behind the first may be somebody's own
	} {
		if got := string(illustrated(text)); got != want {
			t.Errorf("%q is drawn as %q", text, got)
		}
	}
	if got := picture("🦄<script>"); got != plainPicture || strings.Contains(string(got), "script") {
		t.Errorf("an emoji without a drawing is drawn as %q", got)
	}
}
