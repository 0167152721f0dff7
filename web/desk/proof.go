package desk

import (
	"maps"
	"net/url"
	"strings"

	"keur/accounts"
)

// proofField begins the names of the fields in which a proof is typed.
const proofField = "proof-"

// Errand is what somebody pressed that takes a proof first: where its form goes,
// and all that was in it.
type Errand struct {
	At     string
	Fields url.Values
	Strong bool   // a password isn't enough
	Back   string // the page on which it was pressed
}

// NewErrand is the errand of this request.
func NewErrand(x *Exchange, strong bool) Errand {
	_ = x.Request.ParseForm() // what can't be read, its handler didn't either
	back := "/"
	if from, err := url.Parse(x.Request.Referer()); err == nil && from.Host == x.Request.Host {
		back = OwnPath(from.RequestURI())
	}
	return Errand{x.Request.URL.RequestURI(), withoutProof(x.Request.PostForm), strong, back}
}

// ReadErrand is the errand that came with a proof.
func ReadErrand(x *Exchange, f Form) Errand {
	return Errand{OwnPath(x.Query("at")), withoutProof(f.Values), x.Query("strong") != "", OwnPath(x.Query("back"))}
}

func withoutProof(fields url.Values) url.Values {
	fields = maps.Clone(fields)
	maps.DeleteFunc(fields, func(name string, _ []string) bool { return strings.HasPrefix(name, proofField) })
	return fields
}

// Prove is where a proof goes, with the errand.
func (e Errand) Prove() string {
	query := url.Values{"at": {e.At}, "back": {e.Back}}
	if e.Strong {
		query.Set("strong", "yes")
	}
	return "/proof?" + query.Encode()
}

// proofView asks for a proof, and keeps what it is for.
type proofView struct {
	Errand
	Ways accounts.Ways
	Form Form
}

// AskProof shows the page that takes a proof of who is there and then goes on
// with exactly what was pressed; f says what was wrong with one before.
func AskProof(x *Exchange, status int, e Errand, f Form) error {
	ways, err := x.desk.Prover.Ways(x.Context(), x.User.ID, e.Strong)
	if err != nil {
		return err
	}
	return x.Answer(status, "desk/proof", proofView{e, ways, f})
}
