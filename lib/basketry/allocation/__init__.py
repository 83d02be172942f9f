"""Which items lie where: at which site, so that orders leave whole from one; in which zone, so that few are visited."""
