package main

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/nod-chat/nod/bot/slack"
	"github.com/nod-chat/nod/storage"
)

// printColleagues prints a people file of what a Slack workspace knows, for an administrator to complete: whose manager is who, where
// and since when somebody works is not Slack's to know. The employee numbers are proposals.
func printColleagues(ctx context.Context, p *program) error {
	c, err := readConfig(p.getenv)
	if err != nil {
		return err
	}
	if c.SlackBotToken == "" {
		return errors.New("SLACK_BOT_TOKEN is not set; docs/slack.md says where it is found")
	}
	config := slackConfig(c)
	config.Log = slog.New(slog.DiscardHandler)
	ctx, cancel := context.WithTimeout(ctx, 5*time.Minute)
	defer cancel()
	list, err := slack.New(config).Colleagues(ctx)
	if err != nil {
		return err
	}
	out := csv.NewWriter(p.stdout)
	var header []string
	for _, column := range storage.PeopleColumns {
		if !column.Optional || column.Name == "active" { // a column without values would take away those that are stored
			header = append(header, column.Name)
		}
	}
	if err := out.Write(header); err != nil {
		return err
	}
	for n, who := range list {
		known := map[string]string{"employee_no": fmt.Sprintf("E%03d", n+1), "name": who.Name, "email": who.Email, "title": who.Title,
			"timezone": who.Zone, "language": language(who.Locale), "active": "true"}
		row := make([]string, len(header))
		for i, name := range header {
			row[i] = unformula(known[name])
		}
		if err := out.Write(row); err != nil {
			return err
		}
	}
	out.Flush()
	fmt.Fprintf(p.stderr, "%d people; fill in manager_no, department, roles (one admin at least), country and hired_on, then: nod import "+
		"people people.csv\n", len(list))
	return out.Error()
}

func language(locale string) string {
	if strings.HasPrefix(locale, "zh") {
		return "zh"
	}
	return "en"
}

// unformula keeps a table program from taking what somebody calls themselves for a formula.
func unformula(s string) string {
	if strings.ContainsAny(s[:min(1, len(s))], "=+-@\t") {
		return "'" + s
	}
	return s
}
