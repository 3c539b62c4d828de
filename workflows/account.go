package workflows

// Account is a customer.
type Account struct {
	No       string // as the company writes it, as KA-1024
	Name     string
	KA       bool     // a key account
	Rep      PersonID // who looks after it; zero: nobody
	Language string   // en or zh
	Zone     string   // IANA name
}

// Titled is how an account is called where another could have the same name: KA-1024 Huaxin.
func (a Account) Titled() string { return a.No + " " + a.Name }

func wantAccount(value string, w *Wants) { w.Accounts = append(w.Accounts, value) }

// checkAccount refuses an account that nobody has imported.
func checkAccount(in Input, value string, f Facts) *Error {
	if _, ok := f.Accounts[value]; !ok {
		return Fault(in.Name, "account.not_found", Args{"Value": Cut(value, 40)})
	}
	return nil
}

func showAccount(_ Input, value string, about shown) Row {
	if a, ok := about.facts.Accounts[value]; ok {
		return quoted(a.Titled())
	}
	return quoted(value)
}
