package workflows

import "slices"

func readMoney(r *formReader, in Input, typed string) (string, *Error) {
	code := r.currency(in)
	if code == "" { // what is wrong with the currency stands at its own field
		return "", Refuse(Invalid, "money.no_currency", nil)
	}
	m, err := ParseMoney(typed, code)
	if err != nil {
		return "", asFault(err)
	}
	return m.Amount(), nil
}

// Money gives the amount that an input of a form holds; false when it is empty.
func (in Input) Money(form Form) (Money, bool) {
	code := form[in.Currency]
	if in.Line > 0 {
		if own := form[LineName(in.Currency, in.Line)]; own != "" {
			code = own
		}
	}
	m, err := ParseMoney(form[in.Name], code)
	return m, err == nil
}

func moneyValue(in Input, _ string, form Form) any {
	m, _ := in.Money(form)
	return m
}

func showMoney(in Input, value string, about shown) Row {
	m, ok := in.Money(about.form)
	if !ok { // as somebody typed it
		return quoted(value)
	}
	return Row{Text: "field.money", Args: Args{"Money": m.String()}}
}

func hearMoney(h *hearer, f Field) Evidence {
	for _, currency := range h.inputs {
		if currency.Base != f.Currency {
			continue
		}
		var codes []string
		for _, o := range h.options(currency.Field) {
			codes = append(codes, o.Value)
		}
		if m, ok := h.line.Amount(codes); ok {
			h.form[f.Name], h.form[currency.Name] = m.Amount(), m.Currency
			return Hint
		}
	}
	return Nothing
}

// takesMoney leaves a plain number to whoever else takes it: an amount says its currency, or comes behind the number that came first.
func takesMoney(h *hearer, in Input, word string) bool {
	for _, other := range h.inputs {
		if other.Base != in.Currency {
			continue
		}
		for _, o := range h.options(other.Field) {
			if _, err := ParseMoney(word, o.Value); err == nil {
				return true
			}
		}
	}
	return false
}

// chooseCurrency chooses the currency that an amount was written with.
func (h *hearer) chooseCurrency(in Input) {
	_, codes := splitCurrency(h.form[in.Name])
	for _, other := range h.inputs {
		if other.Base != in.Currency || h.form[other.Name] != "" {
			continue
		}
		for _, o := range h.options(other.Field) {
			if slices.Contains(codes, o.Value) {
				h.form[other.Name] = o.Value
				break
			}
		}
	}
}

func planMoney(f Field, among []Field) string {
	for _, other := range among {
		if other.Name == f.Currency && other.Type == Choice {
			return ""
		}
	}
	return "it needs a choice of its currency, named by currency"
}
