package member

import (
	"reflect"
	"regexp"
	"strings"
	"time"

	"keur/internal/redact"
	"keur/web/desk"
)

// conceal takes every address out of what the page shows, for who looks at members
// and doesn't answer them: the member's own and former ones, whatever else holds
// one, and the IP addresses of consents. It knows no fields by name, so that one
// that is added is concealed too.
func (v *memberView) conceal() {
	kept := []string{v.Member.Address}
	for _, former := range v.Former {
		kept = append(kept, former.Address)
	}
	v.Member.Address, v.Member.Domain, v.Former, v.Under.Attributes = "", "", nil, nil // of which the page has lines
	for i := range v.Consents {
		v.Consents[i].IP, v.Consents[i].ConfirmedIP = "", ""
	}
	form, list := v.Form, v.List // what the reader typed, and words that all share
	v.Form, v.List = desk.Form{}, desk.Listing{}
	concealIn(reflect.ValueOf(v))
	v.Form, v.List = form, list
	v.concealSaid(kept)
}

// concealSaid takes what is before and behind the sign of the member's addresses
// out of what receivers said: they say "user jan unknown", too.
func (v *memberView) concealSaid(addresses []string) {
	var parts []string
	for _, address := range addresses {
		local, domain, _ := strings.Cut(address, "@")
		for _, part := range []string{local, domain} {
			if len(part) > 2 {
				parts = append(parts, regexp.QuoteMeta(part))
			}
		}
	}
	if len(parts) == 0 {
		return
	}
	own := regexp.MustCompile(`(?i)\b(?:` + strings.Join(parts, "|") + `)\b`)
	said := []*string{}
	for i := range v.Suppressions {
		said = append(said, &v.Suppressions[i].Source, &v.Suppressions[i].Said)
	}
	for i := range v.Mails {
		said = append(said, &v.Mails[i].Reason)
		for j := range v.Mails[i].Events {
			said = append(said, &v.Mails[i].Events[j].Detail)
		}
	}
	for _, text := range said {
		*text = own.ReplaceAllLiteralString(*text, "…")
	}
}

// concealIn takes the addresses out of all text within a value, but for what lies
// in a map, of which a page shows lines.
func concealIn(value reflect.Value) {
	switch value.Kind() {
	case reflect.String:
		if value.CanSet() {
			value.SetString(redact.Addresses(value.String()))
		}
	case reflect.Pointer:
		if !value.IsNil() && value.Type() != reflect.TypeFor[*time.Location]() {
			concealIn(value.Elem())
		}
	case reflect.Slice, reflect.Array:
		for i := range value.Len() {
			concealIn(value.Index(i))
		}
	case reflect.Struct:
		if value.Type() == reflect.TypeFor[time.Time]() {
			return
		}
		for _, field := range value.Fields() {
			if field.CanSet() {
				concealIn(field)
			}
		}
	}
}
