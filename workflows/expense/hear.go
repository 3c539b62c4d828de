package expense

import (
	"strings"

	"github.com/nod-chat/nod/workflows"
)

// hear takes a line of a claim out of a line of chat: "Meal 86.50 yesterday with client KA-1024", 打车 38 昨天. What was spent has to be
// said, and on what, or the line stands behind the kind's name. The amount is in the first currency of the policy where it names none.
func (k rules) hear(heard workflows.Line, form workflows.Form, asked bool) workflows.Evidence {
	code := k.heardCategory(heard)
	if code == "" && !asked {
		return workflows.Nothing
	}
	account, _ := heard.Numbered(clients)
	c, _ := k.category(code)
	amount, named := heard.Amount(k.Currencies)
	switch {
	case c.Rate != "":
		if n, ok := heard.Quantity(c.Unit); ok {
			form["quantity"] = n
		}
	case !named && !c.byPolicy():
		amount, named = heard.Figure(k.Currencies[0])
	}
	if !asked && !named && form["quantity"] == "" && c.PerDiem == nil {
		clear(form)
		return workflows.Nothing
	}
	if code != "" {
		form["category"] = code
	}
	if named {
		form["amount"], form["currency"] = amount.Amount(), amount.Currency
	}
	if account != "" {
		form["account"] = account
	}
	if city := heardCity(heard, c.cities()); city != "" {
		form["city"] = city
	}
	weekday := heard.Mentions(weekdays) && !heard.Mentions(coming)
	if d, fault := heard.Dates(); fault == nil && !d.From.IsZero() {
		if weekday { // money is spent before it is claimed, so Monday is the last one
			d.From, d.To = lastOf(d.From, d.From, heard.Today()), lastOf(d.To, d.From, heard.Today())
		}
		form["date"] = d.From.String()
		if c.PerDiem != nil {
			form["until"] = d.To.String()
		}
	}
	if c.PerDiem != nil && form["date"] == "" && !asked {
		clear(form)
		return workflows.Nothing
	}
	if rest := strings.TrimSpace(heard.Text()); rest != "" && !heard.Idle() {
		form["note"] = rest
	}
	return workflows.Named
}

// clients are what stands before the number of a customer.
var clients = []string{"with client", "for client", "with customer", "for customer", "client", "customer", "account", "客户", "陪客户"}

// weekdays are what a day of a week is called, and coming what makes it one of the next.
var (
	weekdays = strings.Fields("monday tuesday wednesday thursday friday saturday sunday mon tue tues wed thu thurs fri sat sun " +
		"周一 周二 周三 周四 周五 周六 周日 周天 星期一 星期二 星期三 星期四 星期五 星期六 星期日 星期天 礼拜一 礼拜二 礼拜三 礼拜四 礼拜五 礼拜六 礼拜天")
	coming = strings.Fields("next coming 下周 下星期 下礼拜")
)

// lastOf is a date a week earlier, where the first of its range is still to come.
func lastOf(d, first, today workflows.Date) workflows.Date {
	if first.After(today) && first.Days()-today.Days() <= 7 {
		return d.AddDays(-7)
	}
	return d
}

// heardCity takes a city that a line names, with the word that leads to it.
func heardCity(heard workflows.Line, cities []string) string {
	for _, city := range cities {
		for _, lead := range []string{"in ", "at ", "在", ""} {
			if _, ok := heard.Mention([]string{lead + city}); ok {
				return city
			}
		}
	}
	return ""
}

// heardCategory takes the category that a line names, by any of its words.
func (k rules) heardCategory(heard workflows.Line) string {
	codes := map[string]string{}
	var words []string
	for _, c := range k.Categories {
		for _, word := range append([]string{c.Code}, c.Aliases...) {
			codes[strings.ToLower(word)] = c.Code
			words = append(words, word)
		}
	}
	word, ok := heard.Mention(words)
	if !ok {
		return ""
	}
	return codes[strings.ToLower(word)]
}
