package networktest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"keur/internal/fault"
	"keur/networks"
	"keur/networks/simulators"
)

// supply asks for all material, page by page. meanwhile happens behind the first
// page on which something stands.
func (a *account) supply(t *testing.T, from networks.Supplier, meanwhile func()) (all networks.Supply, err error) {
	t.Helper()
	cursor := ""
	for range 200 {
		page, err := from.Material(t.Context(), a.client, cursor)
		if err != nil {
			return all, err
		}
		all.Items, all.Unread = append(all.Items, page.Items...), append(all.Unread, page.Unread...)
		if len(page.Items) > 0 && meanwhile != nil {
			meanwhile()
			meanwhile = nil
		}
		if cursor = page.Next; cursor == "" {
			return all, nil
		}
	}
	return all, errors.New("two hundred pages, and no end of them")
}

// named are the items of an answer by kind and number, of which one that comes twice is once.
func named(all networks.Supply) map[string]networks.Item {
	found := map[string]networks.Item{}
	for _, i := range all.Items {
		found[string(i.Kind)+i.Ref] = i
	}
	return found
}

// Where a network tells of its material, all of it comes, page by page, as it is,
// and of those kinds alone that the adapter says. Of markup, no pixel and no script
// is taken for a picture or a link.
func material(t *testing.T, a *account) {
	from, is := a.Adapter.(networks.Supplier)
	kinds := a.Capabilities().Material
	if is != (len(kinds) > 0) {
		t.Fatalf("it tells of %v, and can be asked for it: %t", kinds, is)
	}
	if !is {
		return
	}
	if got, err := a.supply(t, from, nil); err != nil || len(got.Items)+len(got.Unread) > 0 {
		t.Errorf("of nothing it says %+v, %v", got, err)
	}
	for n := range 5 {
		for i, kind := range networks.ItemKinds() {
			a.Supply(itemOf(kind, n, i))
		}
	}
	before, spent := a.Calls(), a.spent
	got, err := a.supply(t, from, nil)
	if err != nil || len(got.Unread) > 0 || len(named(got)) != 5*len(kinds) {
		t.Fatalf("of %d items it says %d, %+v, %v", 5*len(kinds), len(named(got)), got.Unread, err)
	}
	if calls := a.Calls() - before; calls != a.spent-spent {
		t.Errorf("%d calls were made, and %d counted", calls, a.spent-spent)
	}
	for _, i := range a.Items(kinds...) {
		shows(t, named(got)[string(i.Kind)+i.Ref], i)
	}
	changing(t, a, from)
	unusable(t, a, from)
}

func itemOf(kind networks.ItemKind, n, i int) simulators.Item {
	item := simulators.Item{
		Programme: fmt.Sprint(9000 + n), Kind: kind, Ref: fmt.Sprint(70_000 + 100*i + n), Name: fmt.Sprintf("Zee & Zon %d", n),
		Text: "Naar de zon, vanaf € 199", Conditions: "niet op dinsdag", Click: fmt.Sprintf("https://tc.example/?c=%d&m=%d&r=", n, i),
		From: begun.AddDate(0, 0, -3), Until: begun.AddDate(0, 0, 20+n),
	}
	if n == 3 {
		item.From = begun.AddDate(0, 0, 5) // it is to come
	}
	switch kind {
	case networks.Banner:
		item.Width, item.Height, item.Picture = 468, 60, fmt.Sprintf("https://ti.example/b.gif?c=%d&m=%d", n, i)
	case networks.Code:
		item.Code, item.Exclusive = fmt.Sprintf("ZON%d-ja", n), n == 2
	}
	return item
}

// shows holds what is said of an item to what it is. Whether a code is exclusive,
// and when an item was changed, a network may leave out.
func shows(t *testing.T, said networks.Item, is simulators.Item) {
	t.Helper()
	if said.Programme != is.Programme || said.Name != is.Name || said.Click != is.Click || said.Picture != is.Picture ||
		said.Code != is.Code || said.Width != is.Width || said.Height != is.Height || said.Exclusive && !is.Exclusive ||
		said.Text != is.Text || said.Conditions != is.Conditions || !strings.Contains(string(said.Raw), is.Ref) {
		t.Errorf("%s %s is %+v", is.Kind, is.Ref, said)
	}
	// At noon of its last day it holds, and at noon of the next it doesn't.
	noon := time.Date(is.Until.Year(), is.Until.Month(), is.Until.Day(), 12, 0, 0, 0, time.UTC)
	if said.Until == nil || !said.Until.After(noon) || said.Until.After(noon.AddDate(0, 0, 1)) ||
		said.From == nil || said.From.After(is.From) || said.From.Before(is.From.AddDate(0, 0, -1)) {
		t.Errorf("%s %s holds from %v to %v", is.Kind, is.Ref, said.From, said.Until)
	}
}

// changing holds a second reading to what became of the items: one is another
// now, one is gone, and one goes while the pages are read. What stays is told of,
// but for one that moved to a page that was read already.
func changing(t *testing.T, a *account, from networks.Supplier) {
	t.Helper()
	kinds := a.Capabilities().Material
	all := a.Items(kinds...)
	a.clock.Add(24 * time.Hour)
	changed := all[len(all)-1]
	changed.Name, changed.Click = "Nu anders", "https://tc.example/?c=anders"
	a.Supply(changed)
	a.Retract(all[1].Kind, all[1].Ref)
	got, err := a.supply(t, from, func() { a.Retract(all[0].Kind, all[0].Ref) })
	found := named(got)
	if i := found[string(changed.Kind)+changed.Ref]; err != nil || i.Name != "Nu anders" || i.Click != changed.Click {
		t.Errorf("changed, it is %+v, %v", i, err)
	}
	if _, is := found[string(all[1].Kind)+all[1].Ref]; is {
		t.Errorf("%s is told of, and was withdrawn", all[1].Ref)
	}
	got, err = a.supply(t, from, nil)
	if found := named(got); err != nil || len(found) != len(all)-2 {
		t.Errorf("of %d that are left it tells %d, %v", len(all)-2, len(found), err)
	}
}

// unusable is what can't be used as it is: it holds up no other, and an error is
// no empty list.
func unusable(t *testing.T, a *account, from networks.Supplier) {
	t.Helper()
	kinds := a.Capabilities().Material
	wrong := itemOf(kinds[0], 1, slices.Index(networks.ItemKinds(), kinds[0]))
	wrong.Ref, wrong.Click = "79999", "javascript:alert(1)"
	left := len(a.Items(kinds...))
	a.Supply(wrong)
	got, err := a.supply(t, from, nil)
	if err != nil || len(got.Unread) != 1 || got.Unread[0].Ref != "79999" || len(named(got)) != left {
		t.Errorf("of one that leads nowhere it says %d, %+v, %v", len(named(got)), got.Unread, err)
	}
	a.Retract(wrong.Kind, wrong.Ref)
	for _, wrong := range []simulators.Mischief{simulators.Stumbles, simulators.Mumbles, simulators.Blunders} {
		a.Coming(wrong)
		if got, err := a.supply(t, from, nil); !fault.Is(err, fault.Unavailable) {
			t.Errorf("when it %s, it says %d items, %v", wrong, len(got.Items), err)
		}
	}
	a.Coming(simulators.Forgets)
	if got, err := a.supply(t, from, nil); err != nil || len(named(got)) != left {
		t.Errorf("after its trouble it says %d items of %d, %v", len(named(got)), left, err)
	}
}
