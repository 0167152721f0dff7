package account

import (
	"encoding/base64"
	"net/http"
	"strings"

	"keur/accounts"
	"keur/internal/fault"
	"keur/web/desk"
)

// proofCookie holds what a proof at a provider began with, and what it is for.
const proofCookie = "keur-proof"

func (s *proof) proofRoutes() []desk.Route {
	return []desk.Route{
		desk.Post("/proof", desk.Everyone(), s.prove),
		desk.Get("/proof/oidc/:provider", desk.Everyone(), s.toProvider),
	}
}

// prove takes a code, a password or what a passkey signed, and has the browser send what was pressed
// where it was going (307 keeps method and form; RFC 9110, 15.4.8).
func (s *proof) prove(x *desk.Exchange) error {
	f, err := desk.ReadForm(x)
	if err != nil {
		return err
	}
	errand := desk.ReadErrand(x, f)
	switch {
	case f.Has("proof-passkey"):
		err = s.Passkeys.Prove(x.Context(), desk.Session(x), []byte(f.Get("proof-passkey")))
	case f.Has("proof-code"):
		err = s.Prover.ByCode(x.Context(), desk.Session(x), f.Get("proof-code"), desk.Origin(x))
	default:
		err = s.Prover.ByPassword(x.Context(), desk.Session(x), f.Get("proof-password"))
	}
	if err == nil {
		x.Redirect(http.StatusTemporaryRedirect, errand.At)
		return nil
	}
	if err := desk.Refused(x, &f, err); err != nil {
		return err
	}
	return desk.AskProof(x, http.StatusUnprocessableEntity, errand, f)
}

// toProvider sends the browser to prove it anew at the provider.
func (s *proof) toProvider(x *desk.Exchange) error {
	id, err := x.ID("provider")
	if err != nil {
		return err
	}
	errand := desk.OwnPath(x.Query("at"))
	to, keep, err := s.Providers.BeginProof(x.Context(), accounts.ProviderID(id), desk.ProviderCallback(x, accounts.ProviderID(id)),
		desk.Session(x), errand)
	if err != nil {
		return err
	}
	desk.KeepCookie(x, proofCookie, base64.RawURLEncoding.EncodeToString([]byte(errand))+"."+keep, providerPath, providerLife)
	x.Redirect(http.StatusSeeOther, to)
	return nil
}

// keptProof is what the browser kept while it was at the provider.
func keptProof(x *desk.Exchange) (errand, keep string) {
	kept, _ := x.Cookie(proofCookie) // none: it answers to nothing
	wanted, keep, _ := strings.Cut(kept, ".")
	raw, _ := base64.RawURLEncoding.DecodeString(wanted)
	return string(raw), keep
}

// proofDoneView says whether the provider confirmed it.
type proofDoneView struct{ Fault string }

// fromProvider takes the provider's answer, in the tab that was opened for it.
func (s *proof) fromProvider(x *desk.Exchange, id accounts.ProviderID, errand, keep string) error {
	desk.DropCookie(x, proofCookie, providerPath)
	err := s.Providers.FinishProof(x.Context(), id, desk.ProviderCallback(x, id), keep, desk.Session(x), errand, x.Request.URL.Query())
	if err == nil {
		return x.Show("account/proof_done", proofDoneView{})
	}
	problem, is := desk.AsFault(err)
	if !is || fault.Is(err, fault.Unavailable) {
		return err
	}
	return x.Answer(http.StatusForbidden, "account/proof_done", proofDoneView{x.Say.Sentence(problem.Message)})
}
