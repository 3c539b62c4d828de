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
	if city, ok := heard.Mention(c.cities()); ok {
		form["city"] = city
	}
	if d, fault := heard.Dates(); fault == nil && !d.From.IsZero() {
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
