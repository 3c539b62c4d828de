// Package texts puts words to keys: the frame's own (en.toml, zh.toml here), those of tasks and plans, of every kind of request, and those
// of the chats that have a frame of their own. Arguments arrive in machine form; the functions that a text may use show
// them in the reader's language and zone.
//
// To add a text, add its key to both files; a test holds them against each other. A command is never written out in one: each chat has it
// typed in its own way, which the function command knows.
package texts

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/BurntSushi/toml"
	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"

	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/plan"
	"github.com/nod-chat/nod/workflows/task"
)

//go:embed en.toml zh.toml
var frame embed.FS

// Texts holds every text in every language.
type Texts struct {
	bundle     *i18n.Bundle
	localizers map[string]*i18n.Localizer // by language
	keys       map[string]map[string]bool // likewise
}

// New reads the frame's texts, those of the kinds, and any more. It reports every text that is missing in a
// language and every key that is there twice.
func New(kinds []*workflows.Kind, more ...fs.FS) (*Texts, error) {
	t := &Texts{bundle: i18n.NewBundle(language.English), localizers: map[string]*i18n.Localizer{}, keys: map[string]map[string]bool{}}
	t.bundle.RegisterUnmarshalFunc("toml", toml.Unmarshal)
	sources := append([]fs.FS{frame, task.Texts, plan.Texts}, more...)
	for _, k := range kinds {
		sources = append(sources, k.Texts)
	}
	var faults []error
	for _, lang := range workflows.Languages {
		t.keys[lang], t.localizers[lang] = map[string]bool{}, i18n.NewLocalizer(t.bundle, lang)
		for _, source := range sources {
			if err := t.read(source, lang); err != nil {
				faults = append(faults, err)
			}
		}
	}
	for _, k := range kinds {
		for _, key := range k.TextKeys() {
			if !t.keys["en"][key] {
				faults = append(faults, fmt.Errorf("%s: the texts lack %s", k.Kind, key))
			}
		}
		for _, key := range k.SharedKeys() {
			if own := string(k.Kind) + "." + key; !t.keys["en"][key] && !t.keys["en"][own] {
				faults = append(faults, fmt.Errorf("%s: the texts lack %s, or %s of the frame", k.Kind, own, key))
			}
		}
	}
	for _, a := range workflows.Languages {
		for _, b := range workflows.Languages {
			for key := range t.keys[a] {
				if !t.keys[b][key] {
					faults = append(faults, fmt.Errorf("%s is there in %s but not in %s", key, a, b))
				}
			}
		}
	}
	return t, errors.Join(faults...)
}

func (t *Texts) read(source fs.FS, lang string) error {
	name := lang + ".toml"
	content, err := fs.ReadFile(source, name)
	if err != nil {
		return fmt.Errorf("read texts: %w", err)
	}
	file, err := t.bundle.ParseMessageFileBytes(content, name)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	for _, m := range file.Messages {
		if t.keys[lang][m.ID] {
			return fmt.Errorf("%s: %s is there twice", name, m.ID)
		}
		t.keys[lang][m.ID] = true
	}
	return nil
}

// Keys lists every key, sorted.
func (t *Texts) Keys() []string { return slices.Sorted(maps.Keys(t.keys["en"])) }

// For gives a printer for a reader, whose language may come with its script or country, as zh-Hans-CN; one that is not spoken here is
// English. now decides whether a date needs its year.
func (t *Texts) For(lang, zone string, now time.Time) *Printer {
	lang, _, _ = strings.Cut(strings.ToLower(strings.ReplaceAll(lang, "_", "-")), "-")
	if !slices.Contains(workflows.Languages, lang) {
		lang = "en"
	}
	return &Printer{texts: t, language: lang, zone: zone, location: workflows.Zone(zone), now: now, localizer: t.localizers[lang],
		spell: slashed}
}

// ForPerson gives a printer for a person.
func (t *Texts) ForPerson(p workflows.Person, now time.Time) *Printer {
	return t.For(p.Language, p.Zone, now)
}

// InAll writes a text that needs neither zone nor moment in every language.
func (t *Texts) InAll(key string) []string {
	var list []string
	for _, lang := range workflows.Languages {
		list = append(list, t.Say(lang, key, nil))
	}
	return list
}

// Words lists the words, separated by commas, that a text has in every language; none where there is no such text.
func (t *Texts) Words(key string) []string {
	var list []string
	for _, lang := range workflows.Languages {
		if !t.keys[lang][key] {
			continue
		}
		for word := range strings.SplitSeq(t.Say(lang, key, nil), ",") {
			list = append(list, strings.TrimSpace(word))
		}
	}
	return list
}

// Say writes a text that needs neither zone nor moment.
func (t *Texts) Say(lang, key string, args map[string]any) string {
	return t.For(lang, "UTC", time.Time{}).Text(key, args)
}
