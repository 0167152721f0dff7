package web

import "net/http"

func (d *door) todayRoutes() []route {
	return []route{{http.MethodGet, "/", everyone(), (*visit).today}}
}

// todayView is what waits for the user, what goes out, and what is behind.
type todayView struct{}

func (v *visit) today() error { return v.show("today", todayView{}) }
