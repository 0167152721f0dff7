package audience

import (
	"context"
	"net/http"

	"keur/accounts"
	"keur/api/rest"
	"keur/internal/paging"
	"keur/tracking"
)

func (s *trayResource) trayOperations() {
	const tag = "Consent"
	rest.Register(s.Kit, tag, rest.Read("/bounce-trays",
		"List the providers that suddenly refused many members, who wait for a decision", rest.Admins()), s.listTrays)
	decide := rest.Act("/bounce-trays/{tray}/decide",
		"Decide on all who wait: their addresses are gone (confirmed), or it was a mistake (dismissed)",
		rest.Admins()).Needs(accounts.ScopeApprove)
	decide.Status = http.StatusNoContent
	rest.Register(s.Kit, tag, decide, s.decideTray)
}

func (s *trayResource) listTrays(ctx context.Context, _ *struct{}) (*rest.Answer[paging.Page[tracking.Tray]], error) {
	list, err := s.Trays.List(ctx)
	return rest.Whole(list, err)
}

func (s *trayResource) decideTray(ctx context.Context, in *struct {
	Tray tracking.TrayID `path:"tray" minimum:"1"`
	Body struct {
		State   tracking.TrayState `json:"state" enum:"confirmed,dismissed"`
		Members int                `json:"members" minimum:"0" doc:"As many as were listed; if there are others by now, nothing is done"`
	}
},
) (*rest.Nothing, error) {
	return rest.Done(s.Trays.Decide(ctx, in.Tray, in.Body.State, in.Body.Members))
}
