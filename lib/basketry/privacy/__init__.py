"""What may be said of users in public: counts with noise, within a budget."""
