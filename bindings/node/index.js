'use strict';

module.exports = require('./livetemplate.node');
