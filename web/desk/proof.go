package desk

import (
	"cmp"
	"maps"
	"net/url"
	"strconv"
	"strings"

	"keur/accounts"
	"keur/approval"
)

// proofField begins the names of the fields in which a proof is typed.
const proofField = "proof-"

// Errand is what somebody pressed that takes a proof first: where its form goes,
// and all that was in it.
type Errand struct {
	accounts.Lack
	At     string
	Fields url.Values
	Back   string // the page on which it was pressed
}

// NewErrand is the errand of this request.
func NewErrand(x *Exchange, lack accounts.Lack) Errand {
	_ = x.Request.ParseForm() // what can't be read, its handler didn't either
	return Errand{lack, x.Request.URL.RequestURI(), withoutProof(x.Request.PostForm), cmp.Or(cameFrom(x), "/")}
}

// cameFrom is the page of this desk from which the request came, or "".
func cameFrom(x *Exchange) string {
	from, err := url.Parse(x.Request.Referer())
	if err != nil || from.Host != x.Request.Host {
		return ""
	}
	return OwnPath(from.RequestURI())
}

// ReadErrand is the errand that came with a proof.
func ReadErrand(x *Exchange, f Form) Errand {
	review, _ := strconv.ParseInt(x.Query("review"), 10, 64) // none: it is no verdict
	return Errand{
		accounts.Lack{Action: accounts.Action{Review: review, Verdict: x.Query("verdict")}, Strong: x.Query("strong") != ""},
		OwnPath(x.Query("at")), withoutProof(f.Values), OwnPath(x.Query("back")),
	}
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
	if e.Review != 0 {
		query.Set("review", Itoa(e.Review))
		query.Set("verdict", e.Verdict)
	}
	return "/proof?" + query.Encode()
}

// proofView asks for a proof, and keeps what it is for.
type proofView struct {
	Errand
	Methods   accounts.Methods
	Form      Form
	Passkey   string // what the user's devices are asked to sign; "": nothing
	Elsewhere string // why they can't here
}

// AskProof shows the page that takes a proof of who is there and then goes on
// with exactly what was pressed; f says what was wrong with one before.
func AskProof(x *Exchange, status int, e Errand, f Form) error {
	methods, err := x.desk.Prover.Methods(x.Context(), x.User.ID, e.Strong)
	if err != nil {
		return err
	}
	view := proofView{Errand: e, Methods: methods, Form: f}
	if methods.Passkey {
		if err := askPasskey(x, &view); err != nil {
			return err
		}
	}
	return x.Answer(status, "desk/proof", view)
}

// askPasskey has the user's devices asked to sign what was pressed.
func askPasskey(x *Exchange, view *proofView) error {
	if problem, is := AsFault(x.desk.Passkeys.Usable(x.Request.Host)); is {
		view.Elsewhere = x.Say.Sentence(problem.Message)
		return nil
	}
	var statement func([]byte) ([]byte, error)
	if view.Review != 0 {
		statement = func(nonce []byte) ([]byte, error) {
			return x.desk.Approval.Challenge(x.Context(), approval.ReviewID(view.Review), approval.Verdict(view.Verdict), nonce)
		}
	}
	asked, err := x.desk.Passkeys.AskProof(x.Context(), x.User, Session(x), view.Review, statement)
	view.Passkey = string(asked.Options)
	return err
}
