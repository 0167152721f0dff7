package affiliate

import (
	"context"

	"keur/accounts"
	"keur/api/rest"
	"keur/conversions"
	"keur/internal/paging"
	"keur/networks"
)

// ConnectionPath names a connection.
type ConnectionPath struct {
	Connection networks.ConnectionID `path:"connection"`
}

// maxReports is the size of what is reported at once: some thousand transactions.
const maxReports = 16 << 20

func (s *Resources) connectionOperations() {
	const tag = "Networks"
	rest.Register(s.Kit, tag, rest.Read("/labels/{label}/connections", "List a label's connections to networks",
		rest.Under(accounts.Viewer)),
		s.listConnections)
	rest.Register(s.Kit, tag, rest.Create("/labels/{label}/connections", "Add a connection", rest.AdminsOf(rest.Under())),
		s.createConnection)
	rest.Register(s.Kit, tag, rest.Read("/connections/{connection}", "Read a connection", s.ofConnection(accounts.Viewer)), s.getConnection)
	rest.Register(s.Kit, tag, rest.Edit("/connections/{connection}", "Change a connection", rest.AdminsOf(s.ofConnection())),
		s.updateConnection)
	rest.Register(s.Kit, tag, rest.Act("/connections/{connection}/postback",
		"Make the address that the network calls, in place of the one before; it is told once", rest.AdminsOf(s.ofConnection())),
		s.postback)
	report := rest.Act("/connections/{connection}/conversions", "Report transactions; the same again changes nothing",
		s.ofConnection(accounts.Planner, accounts.Finance))
	report.BodyLimit = maxReports
	rest.Register(s.Kit, tag, report, s.report)
}

func (s *Resources) listConnections(ctx context.Context, in *struct {
	rest.LabelPath
	rest.Paging
	Sort string `query:"sort" enum:"name,oldest"`
},
) (*rest.Answer[paging.Page[networks.Connection]], error) {
	return rest.Answered(s.Connections.List(ctx, in.Label, in.Sorted(in.Sort)))
}

func (s *Resources) createConnection(ctx context.Context, in *struct {
	rest.LabelPath
	Body networks.Connection
},
) (*rest.Answer[networks.Connection], error) {
	in.Body.LabelID = in.Label
	return rest.Answered(s.Connections.Create(ctx, in.Body))
}

func (s *Resources) getConnection(ctx context.Context, in *ConnectionPath) (*rest.Answer[networks.Connection], error) {
	return rest.Answered(s.Connections.Get(ctx, in.Connection))
}

func (s *Resources) updateConnection(ctx context.Context, in *struct {
	ConnectionPath
	rest.Match
	Body networks.Connection
},
) (*rest.Answer[networks.Connection], error) {
	return rest.Answered(s.Connections.Update(ctx, in.Connection, func(c *networks.Connection) error {
		err := in.Guard(*c)
		in.Body.ID, in.Body.LabelID, in.Body.Version = c.ID, c.LabelID, c.Version
		*c = in.Body
		return err
	}))
}

// reported is what a network says, as somebody passes it on.
type reported struct {
	Reports []networks.Report `json:"reports" minItems:"1" maxItems:"5000"`
}

func (s *Resources) report(ctx context.Context, in *struct {
	ConnectionPath
	Body reported
},
) (*rest.Answer[conversions.Recorded], error) {
	return rest.Answered(s.Conversions.Record(ctx, in.Connection, conversions.ByFile, in.Body.Reports))
}

// address is where a network reports transactions.
type address struct {
	URL string `json:"postback_url"`
}

func (s *Resources) postback(ctx context.Context, in *ConnectionPath) (*rest.Answer[address], error) {
	c, err := s.Connections.Get(ctx, in.Connection)
	if err != nil {
		return nil, err
	}
	label, err := s.Kit.Labels.Get(ctx, c.LabelID)
	if err != nil {
		return nil, err
	}
	secret, err := s.Connections.NewPostback(ctx, c.ID)
	return rest.Answered(address{URL: label.PublicURL + "/n/" + secret}, err)
}
