"""Pages of fairs: public, student's, company's, staff's. The live parts are fragments, polled and rung."""
