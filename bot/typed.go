package bot

import (
	"strings"
	"unicode"
)

// ReadTyped reads what was typed: a command behind a slash, which may be full-width, as Chinese keyboards write it, or a line.
func ReadTyped(text string) Content {
	text = strings.TrimSpace(text)
	for _, slash := range []string{"/", "／"} {
		if rest, ok := strings.CutPrefix(text, slash); ok {
			cmd := ReadCommand(rest)
			cmd.Name = strings.ToLower(cmd.Name)
			return cmd
		}
	}
	return Said{Text: text}
}

// ReadCommand reads a line as a command with its words; the space between them may be as wide as a Chinese keyboard makes it.
func ReadCommand(line string) Command {
	line = strings.TrimSpace(line)
	if i := strings.IndexFunc(line, unicode.IsSpace); i >= 0 {
		return Command{Name: line[:i], Args: strings.TrimSpace(line[i:])}
	}
	return Command{Name: line}
}
