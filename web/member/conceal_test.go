package member

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"keur/members"
	"keur/reports"
)

// fill puts a text into all of a view that holds text, with one of each list.
func fill(value reflect.Value, text string) {
	switch value.Kind() {
	case reflect.String:
		value.SetString(text)
	case reflect.Slice:
		value.Set(reflect.MakeSlice(value.Type(), 1, 1))
		fill(value.Index(0), text)
	case reflect.Pointer:
		if value.Type() == reflect.TypeFor[*time.Location]() || value.Type() == reflect.TypeFor[*time.Time]() {
			return
		}
		value.Set(reflect.New(value.Type().Elem()))
		fill(value.Elem(), text)
	case reflect.Struct:
		for kind, field := range value.Fields() {
			if kind.IsExported() && kind.Name != "Form" && kind.Name != "List" {
				fill(field, text)
			}
		}
	}
}

// TestNothingOfAMemberShowsAnAddress: wherever a member's page holds text, what is
// an address in it doesn't get to who sees none.
func TestNothingOfAMemberShowsAnAddress(t *testing.T) {
	t.Parallel()
	var v memberView
	fill(reflect.ValueOf(&v).Elem(), "of geheim@post.example")
	if v.Answer.Order.OrderRef == "" || v.Purchases[0].Ref == "" || v.Mails[0].Events[0].Detail == "" {
		t.Fatal("not all was filled")
	}
	v.conceal()
	shown := fmt.Sprintf("%+v %+v %+v %+v %+v %+v %+v %+v %+v", v, *v.Answer, *v.Answer.Order, *v.Answer.Click, v.Consents, *v.Erasure,
		v.Mails, v.Purchases, v.Attributes)
	if at := strings.Index(shown, "geheim"); at >= 0 {
		t.Errorf("shows an address: %s", shown[max(at-80, 0):at+20])
	}
}

// TestReceiversNameNobody: a receiver's words name the member without the sign, too.
func TestReceiversNameNobody(t *testing.T) {
	t.Parallel()
	v := memberView{
		Member:       members.Member{Address: "geheim@post.example"},
		Former:       []members.FormerAddress{{Address: "vroeger@oud.example"}},
		Suppressions: []members.Suppression{{Said: "550 user Geheim unknown", Source: "vroeger"}},
		Mails:        []reports.Mail{{Reason: "no such host: oud.example", Events: []reports.Event{{Detail: "5.1.1 geheim: no mailbox"}}}},
	}
	v.conceal()
	if v.Suppressions[0].Said != "550 user … unknown" || v.Suppressions[0].Source != "…" ||
		v.Mails[0].Reason != "no such host: …" || v.Mails[0].Events[0].Detail != "5.1.1 …: no mailbox" {
		t.Errorf("%+v %+v", v.Suppressions, v.Mails)
	}
}
