package telegramtest

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// Entity is a part of a text with a meaning, as Telegram gives it: offset and length in UTF-16 units.
type Entity struct {
	Type   string `json:"type"`
	Offset int    `json:"offset"`
	Length int    `json:"length"`
	URL    string `json:"url,omitempty"`
	User   any    `json:"user,omitempty"` // of a text_mention
}

// units counts a text as Telegram does, in UTF-16 units ([api] MessageEntity).
func units(s string) int {
	n := 0
	for _, r := range s {
		n += utf16.RuneLen(r)
	}
	return n
}

// In gives the part of a text that an entity covers.
func (e Entity) In(text string) string {
	u := utf16.Encode([]rune(text))
	if e.Offset < 0 || e.Offset+e.Length > len(u) {
		return ""
	}
	return string(utf16.Decode(u[e.Offset : e.Offset+e.Length]))
}

var tags = map[string]string{"a": "text_link", "b": "bold", "strong": "bold", "i": "italic", "em": "italic", "s": "strikethrough",
	"strike": "strikethrough",
	"del":    "strikethrough", "u": "underline", "ins": "underline", "tg-spoiler": "spoiler", "tg-emoji": "custom_emoji", "span": "spoiler",
	"pre": "pre", "code": "code", "blockquote": "blockquote"}

// parseHTML is [td] parse_html: the same tags, the same order of checks, the same words.
func parseHTML(s string) (string, []Entity, error) {
	at := func(i int) byte { // a C string ends in 0
		if i < len(s) {
			return s[i]
		}
		return 0
	}
	space := func(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == 0 || c == '\v' }
	var text strings.Builder
	type open struct {
		name, argument string
		offset         int
	}
	var nested []open
	var entities []Entity
	offset := 0
	for i := 0; i < len(s); i++ {
		if s[i] == '&' {
			if r, end := htmlEntity(s, i); r != 0 {
				text.WriteRune(r)
				offset += utf16.RuneLen(r)
				i = end - 1
				continue
			}
		}
		if s[i] != '<' {
			r, size := utf8.DecodeRuneInString(s[i:])
			text.WriteString(s[i : i+size])
			offset += utf16.RuneLen(r)
			i += size - 1
			continue
		}
		begin := i
		i++
		if at(i) != '/' {
			for !space(at(i)) && at(i) != '>' {
				i++
			}
			if at(i) == 0 {
				return "", nil, fmt.Errorf("Unclosed start tag at byte offset %d", begin)
			}
			name := strings.ToLower(s[begin+1 : i])
			if tags[name] == "" {
				return "", nil, fmt.Errorf("Unsupported start tag %q at byte offset %d", name, begin)
			}
			argument := ""
			for at(i) != '>' {
				for at(i) != 0 && space(at(i)) {
					i++
				}
				if at(i) == '>' {
					break
				}
				from := i
				for !space(at(i)) && at(i) != '=' && !(name == "blockquote" && at(i) == '>') { // "expandable" stands alone (Bot API 7.4)
					i++
				}
				attribute := s[from:i]
				if attribute == "" {
					return "", nil, fmt.Errorf("Empty attribute name in the tag %q at byte offset %d", name, begin)
				}
				if name == "blockquote" && attribute == "expandable" && at(i) == '>' {
					argument = attribute
					continue
				}
				for at(i) != 0 && space(at(i)) {
					i++
				}
				if at(i) != '=' {
					return "", nil, fmt.Errorf(
						"Expected equal sign in declaration of an attribute of the tag %q at byte offset %d", name, begin)
				}
				i++
				for at(i) != 0 && space(at(i)) {
					i++
				}
				if at(i) == 0 {
					return "", nil, fmt.Errorf("Unclosed start tag %q at byte offset %d", name, begin)
				}
				value := ""
				if q := at(i); q == '\'' || q == '"' {
					end := strings.IndexByte(s[i+1:], q)
					if end < 0 {
						return "", nil, fmt.Errorf("Unclosed start tag at byte offset %d", begin)
					}
					value = s[i+1 : i+1+end]
					i += end + 2
				} else {
					token := i
					for isWord(at(i)) || at(i) == '.' || at(i) == '-' {
						i++
					}
					value = strings.ToLower(s[token:i])
					if !space(at(i)) && at(i) != '>' {
						return "", nil, fmt.Errorf("Unexpected end of name token at byte offset %d", token)
					}
				}
				if at(i) == 0 {
					return "", nil, fmt.Errorf("Unclosed start tag at byte offset %d", begin)
				}
				switch {
				case name == "a" && attribute == "href":
					argument = value
				case name == "span" && attribute == "class":
					argument = strings.TrimPrefix(value, "tg-")
				}
			}
			if name == "span" && argument != "spoiler" {
				return "", nil, fmt.Errorf(`Tag "span" must have class "tg-spoiler" at byte offset %d`, begin)
			}
			nested = append(nested, open{name, argument, offset})
			continue
		}
		if len(nested) == 0 {
			return "", nil, fmt.Errorf("Unexpected end tag at byte offset %d", begin)
		}
		for !space(at(i)) && at(i) != '>' {
			i++
		}
		end := strings.ToLower(s[begin+2 : min(i, len(s))])
		for space(at(i)) && at(i) != 0 {
			i++
		}
		if at(i) != '>' {
			return "", nil, fmt.Errorf("Unclosed end tag at byte offset %d", begin)
		}
		last := nested[len(nested)-1]
		if end != "" && end != last.name {
			return "", nil, fmt.Errorf("Unmatched end tag at byte offset %d, expected \"</%s>\", found \"</%s>\"", begin, last.name, end)
		}
		nested = nested[:len(nested)-1]
		if offset > last.offset {
			e := Entity{Type: tags[last.name], Offset: last.offset, Length: offset - last.offset, URL: last.argument}
			if e.Type != "text_link" {
				e.URL = ""
			}
			if e.Type == "blockquote" && last.argument == "expandable" {
				e.Type = "expandable_blockquote"
			}
			entities = append(entities, e)
		}
	}
	if len(nested) > 0 {
		return "", nil, fmt.Errorf("Can't find end tag corresponding to start tag %q", nested[len(nested)-1].name)
	}
	slices.SortStableFunc(entities, func(a, b Entity) int {
		if a.Offset != b.Offset {
			return a.Offset - b.Offset
		}
		return b.Length - a.Length
	})
	return text.String(), entities, nil
}

func isWord(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
}

// htmlEntity reads &lt; &gt; &amp; &quot; and numbers, as [td] decode_html_entity; others stay as they are.
func htmlEntity(s string, i int) (rune, int) {
	end := i + 1
	if end < len(s) && s[end] == '#' {
		end++
		base, from := 10, end
		if end < len(s) && s[end] == 'x' {
			base, end = 16, end+1
			from = end
		}
		for end < len(s) && isWord(s[end]) && end-from < 10 {
			end++
		}
		n, err := strconv.ParseInt(s[from:end], base, 32)
		if err != nil || n == 0 || n >= 0x10ffff {
			return 0, i
		}
		if end < len(s) && s[end] == ';' {
			end++
		}
		return rune(n), end
	}
	for end < len(s) && (s[end] >= 'a' && s[end] <= 'z' || s[end] >= 'A' && s[end] <= 'Z') {
		end++
	}
	r := map[string]rune{"lt": '<', "gt": '>', "amp": '&', "quot": '"'}[s[i+1:end]]
	if r != 0 && end < len(s) && s[end] == ';' {
		end++
	}
	return r, end
}

// What Telegram makes of plain text by itself ([td] find_entities, much simplified): links, mentions, hashtags, commands, numbers of cards.
var found = []struct {
	kind    string
	pattern *regexp.Regexp
}{
	{"url", regexp.MustCompile(`(?i)\b(https?://|tg://)\S+|\b[a-z0-9-]+(\.[a-z0-9-]+)*\.(com|org|net|example|cn|io|de|me)\b`)},
	{"mention", regexp.MustCompile(`@[A-Za-z0-9_]{3,32}`)},
	{"hashtag", regexp.MustCompile(`#[\p{L}\p{N}_]+`)},
	{"cashtag", regexp.MustCompile(`\$[A-Z]{1,8}\b`)},
	{"bot_command", regexp.MustCompile(`(^|[^\p{L}\p{N}_/<>])/[A-Za-z0-9_]{1,64}(@[A-Za-z0-9_]+)?`)},
	{"bank_card", regexp.MustCompile(`\b\d{13,19}\b`)},
}

// findEntities adds what Telegram finds by itself, outside code ([td] find_entities, fix_entities: code holds no other entity).
func findEntities(text string, entities []Entity) []Entity {
	for _, f := range found {
		for _, at := range f.pattern.FindAllStringIndex(text, -1) {
			from := at[0]
			if f.kind == "bot_command" {
				from += strings.IndexByte(text[at[0]:at[1]], '/')
			}
			e := Entity{Type: f.kind, Offset: units(text[:from]), Length: units(text[from:at[1]])}
			if !slices.ContainsFunc(entities, func(o Entity) bool {
				return (o.Type == "code" || o.Type == "pre") && e.Offset < o.Offset+o.Length && o.Offset < e.Offset+e.Length
			}) {
				entities = append(entities, e)
			}
		}
	}
	return entities
}

// commandEntity is what a client marks in what a user types: a command is ASCII ([td] match_bot_commands).
var typedCommand = regexp.MustCompile(`^/[A-Za-z0-9_]{1,64}(@[A-Za-z0-9_]{3,32})?($|[^\p{L}\p{N}_@/])`)

func commandEntities(text string) []Entity {
	m := typedCommand.FindStringSubmatchIndex(text)
	if m == nil {
		return nil
	}
	end := m[4]
	return []Entity{{Type: "bot_command", Offset: 0, Length: end}}
}
